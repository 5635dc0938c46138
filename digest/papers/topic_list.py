"""The topics a new installation starts with. Data only; curators change theirs in the admin."""

from __future__ import annotations

from typing import Any


def _topic(slug: str, name: str, description: str, *, categories: str = "", keywords: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": name,
        "description": description,
        "categories": categories.split(),
        "keywords": [phrase.strip() for phrase in keywords.split(",")],
    }


_TOPICS = [
    _topic(
        "language-models",
        "Language models",
        "Pretraining, architectures, tuning and behaviour of models that read and write text.",
        categories="cs.CL",
        keywords="language model, LLM, pretrained transformer, pretraining, instruction tuning, instruction "
        "following, in-context learning, prompting, tokenizer, tokenization, machine translation, text "
        "generation, natural language processing, supervised fine-tuning, long context, diffusion language "
        "model, dialogue, conversation, conversational, chatbot, role-playing, summarization, text "
        "classification",
    ),
    _topic(
        "agents",
        "Agents and tool use",
        "Systems that plan, call tools, write code and act over many steps.",
        categories="cs.MA",
        keywords="agent, agentic, multi-agent, tool use, tool calling, function calling, computer use, GUI agent, "
        "web navigation, agent memory, coding agent, software engineering, agent harness, deep research, "
        "autonomous research",
    ),
    _topic(
        "reasoning",
        "Reasoning",
        "Step-by-step thinking, mathematics, proofs and planning.",
        categories="cs.LO",
        keywords="reasoning, chain of thought, mathematical reasoning, theorem proving, formal proof, formally "
        "verified, Lean 4, test-time compute, test-time scaling, reward model, process reward, "
        "self-consistency, logical reasoning, planning, math problem",
    ),
    _topic(
        "vision",
        "Computer vision",
        "Seeing: recognition, detection, segmentation, tracking and depth.",
        keywords="ImageNet, segment anything, object recognition, visual feature, image classification, image "
        "recognition, object detection, segmentation, visual recognition, object tracking, point tracking, "
        "depth estimation, optical flow, pose estimation, vision transformer, visual representation, "
        "super-resolution, image restoration, visual perception, convolutional network, OCR, remote "
        "sensing, face recognition, object counting, stereo matching, image denoising, deblurring, keypoint "
        "detection, anomaly detection, image segmentation, semantic segmentation, image quality assessment",
    ),
    _topic(
        "image-generation",
        "Image generation",
        "Making and editing pictures: diffusion, flows, autoregressive and adversarial models.",
        keywords="image generation, text-to-image, denoising diffusion, diffusion probabilistic model, image "
        "editing, image synthesis, diffusion model, diffusion transformer, flow matching, rectified flow, "
        "generative adversarial network, latent diffusion, visual generation, generative modeling, image "
        "tokenizer, style transfer, inpainting, score distillation, classifier-free guidance, controllable "
        "generation",
    ),
    _topic(
        "video",
        "Video and world models",
        "Making, editing and understanding moving pictures, and models that predict a world.",
        keywords="video, video generation, text-to-video, image-to-video, video understanding, video editing, video "
        "diffusion, video diffusion model, world model, world simulator, camera control, talking head",
    ),
    _topic(
        "3d",
        "3D and graphics",
        "Shapes, scenes, avatars and rendering.",
        categories="cs.GR",
        keywords="3D, 4D, Gaussian splatting, radiance field, NeRF, novel view synthesis, mesh generation, point "
        "cloud, scene reconstruction, text-to-3D, avatar, human motion, motion generation, neural "
        "rendering, view synthesis, camera pose",
    ),
    _topic(
        "robotics",
        "Robotics and control",
        "Machines that act in the world: manipulation, locomotion, driving, and the control of systems.",
        categories="cs.RO eess.SY",
        keywords="robot, robotic, robotics, manipulation policy, embodied, vision-language-action, VLA, locomotion, "
        "humanoid, dexterous, teleoperation, sim-to-real, autonomous driving, imitation learning, "
        "visuomotor, optimal control, predictive control, control theory, controller, motion planning, "
        "autonomous vehicle, vision-language-action model, dynamical system",
    ),
    _topic(
        "speech-audio",
        "Speech and audio",
        "Recognition, synthesis, music and sound.",
        categories="cs.SD eess.AS",
        keywords="speech, audio, text-to-speech, TTS, speech recognition, ASR, voice, speaker, music, sound, spoken "
        "language, vocoder",
    ),
    _topic(
        "multimodal",
        "Multimodal models",
        "Models that read text, pictures and sound together.",
        categories="cs.MM",
        keywords="multimodal, multi-modal, vision-language, vision-language model, VLM, MLLM, omni-modal, omnimodal, "
        "visual question answering, natural language supervision, CLIP, image-text, visual instruction, "
        "image captioning, cross-modal, any-to-any, visual grounding, multimodal large language model, "
        "large vision-language model, multimodal language model, vision-language pretraining",
    ),
    _topic(
        "reinforcement-learning",
        "Reinforcement learning",
        "Learning from rewards, in games, in simulation and for language models.",
        keywords="reinforcement learning, RL, RLVR, RLHF, policy gradient, policy optimization, GRPO, PPO, "
        "Q-learning, actor-critic, reward shaping, exploration bonus, bandit, Markov decision process, "
        "verifiable reward, self-play, on-policy distillation",
    ),
    _topic(
        "efficiency",
        "Efficiency and systems",
        "Faster and smaller: attention kernels, quantization, distillation, serving and training at scale.",
        categories="cs.DC cs.AR cs.PF",
        keywords="quantization, quantized, pruning, knowledge distillation, distilling, KV cache, speculative "
        "decoding, sparse attention, linear attention, efficient attention, inference acceleration, "
        "low-rank adaptation, LoRA, parameter-efficient, mixture of experts, MoE, model compression, GPU, "
        "throughput, inference serving, memory-efficient, state space model",
    ),
    _topic(
        "evaluation",
        "Evaluation and benchmarks",
        "Measuring what models can do, and where they fail.",
        keywords="benchmark, bench, benchmarking, evaluation, evaluating, new benchmark, leaderboard, "
        "LLM-as-a-judge, LLM judge, evaluation framework, evaluation suite, evaluation protocol, we "
        "introduce a benchmark, comprehensive benchmark, evaluation benchmark, diagnostic benchmark, human "
        "evaluation, contamination",
    ),
    _topic(
        "safety",
        "Safety, alignment and interpretability",
        "Keeping models honest, harmless, private and understood.",
        categories="cs.CR",
        keywords="AI safety, safety alignment, alignment tax, jailbreak, jailbreaking, red teaming, adversarial "
        "attack, adversarial example, adversarial robustness, prompt injection, interpretability, "
        "mechanistic, sparse autoencoder, hallucination, human preference, preference optimization, human "
        "feedback, backdoor, privacy, watermark, deception, unlearning, guardrail, fairness, trustworthy, "
        "sycophancy, explainability",
    ),
    _topic(
        "data-retrieval",
        "Data and retrieval",
        "Search, recommendation, knowledge, embeddings and the data models learn from.",
        categories="cs.IR cs.DB cs.DL",
        keywords="retrieval-augmented, RAG, information retrieval, dense retrieval, retriever, reranking, reranker, "
        "recommendation, recommender, retrieval model, embedding model, text embedding, knowledge graph, "
        "question answering, synthetic data, data curation, data selection, deduplication, training data, "
        "data synthesis, text-to-SQL, document parsing, large-scale dataset",
    ),
    _topic(
        "science-medicine",
        "Science and medicine",
        "Models for biology, chemistry, physics, weather, health and the work of research itself.",
        categories="q-bio.BM q-bio.GN q-bio.NC q-bio.QM physics.chem-ph physics.comp-ph physics.ao-ph "
        "cond-mat.mtrl-sci physics.med-ph eess.IV",
        keywords="medical, clinical, medicine, biomedical, healthcare, radiology, patient, protein, molecule, "
        "molecular, drug discovery, genomic, genome, biology, chemistry, material discovery, "
        "physics-informed, quantum chemistry, weather, climate, scientific discovery, AI scientist, partial "
        "differential equation, PDE solver, neuroscience, EEG, MRI, single-cell, astronomy",
    ),
    _topic(
        "theory",
        "Theory and optimization",
        "Why learning works: optimizers, generalization, scaling laws, graphs and statistics.",
        categories="stat.ML math.ST math.OC cs.IT cs.NE",
        keywords="convergence rate, generalization bound, optimizer, stochastic optimization, gradient descent, "
        "stochastic gradient, scaling law, neural tangent kernel, Adam, Muon, Koopman, theoretical "
        "capacity, approximation theory, sample complexity, learning theory, theoretical analysis, "
        "expressivity, loss landscape, Bayesian, variational inference, causal inference, graph neural "
        "network, time series, tabular data, batch normalization, training dynamics, grokking, weight decay",
    ),
]

# As `Topic` rows want them; in this order.
STANDARD_TOPICS = tuple({**topic, "position": position} for position, topic in enumerate(_TOPICS, start=1))
