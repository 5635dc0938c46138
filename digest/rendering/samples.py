"""Sample letters for previews and tests: digests of good days and of odd ones. All papers are invented."""

from __future__ import annotations

from dataclasses import replace

from digest.rendering.letter import Card, Chip, DigestLetter, NoticeLetter, Section, Sender

SENDER = Sender("Paperboy", "https://papers.example.org", "Paperboy, 1 Example Street, 00000 Exampleton")
NOTICES = ("confirm", "welcome", "already", "manage", "address", "moving", "goodbye")


def sample_digest() -> DigestLetter:
    """Return a week's digest with an intro, curators' picks and the reader's own topics."""
    return DigestLetter(
        sender=SENDER,
        title="The week in papers",
        date_line="Week 32 · 3 to 9 August 2026",
        byline="Curated by the Paperboy curators and the research community",
        intro=_INTRO,
        subject="",
        sections=(Section("Curators’ picks", _PICKS), Section("From your topics", _TOPICS)),
        more_count=34,
        more_url="https://papers.example.org/papers/week/2026-W32/",
        why="You get this because you subscribed on 1 July 2026 and confirmed your address.",
        rhythm="every Monday at 08:00, Europe/Berlin",
        manage_url="https://papers.example.org/manage/sample-token/",
        leave_url="https://papers.example.org/leave/sample-token/",
        digest_url="https://papers.example.org/f/1-2026-W32.a-signature-that-is-just-a-sample",
    )


def sample_small_digest() -> DigestLetter:
    """Return a digest with one bare paper: every optional value is empty."""
    bare = Card(
        "A Short Note on Monotone Circuits", "https://papers.example.org/papers/9/", (), "", "", (), 0, "", "", ""
    )
    return DigestLetter(
        sender=Sender("Paperboy", "https://papers.example.org", ""),
        title="Papers of the day",
        date_line="",
        byline="",
        intro="",
        subject="",
        sections=(Section("", (bare,)),),
        more_count=0,
        more_url="",
        why="",
        rhythm="",
        manage_url="https://papers.example.org/manage/sample-token/",
        leave_url="https://papers.example.org/leave/sample-token/",
    )


def sample_compact_digest() -> DigestLetter:
    """Return the week's digest for a reader who wants titles and counts only."""
    return replace(sample_digest(), layout="compact")


def sample_notice() -> NoticeLetter:
    """Return the letter of any notice."""
    facts = {"rhythm": "every Monday at 08:00, Europe/Berlin", "paper_limit": "10"}
    return NoticeLetter(SENDER, "https://papers.example.org/confirm/a-long-signed-sample-token:1uXq2Z:8mQ4/", facts)


_INTRO = """\
A strong week for **efficient attention**: two groups found, independently, that most of the cache can go.

If you read one thing, take the first paper; its [companion notes](https://papers.example.org/notes/attention/) are a
good way in. Also worth your time:

- a careful *negative* result on test-time scaling,
- the first open corpus of Arabic scientific prose.
"""

_PICKS = (
    Card(
        title="Forgetting on Purpose: Sublinear Key-Value Caches with $O(\\sqrt{n})$ Memory and No Retraining",
        url="https://papers.example.org/papers/101/",
        paper_id=101,
        authors=(
            "Mira Oduya",
            "Tomás Haldane",
            "Wen-Li Qiao",
            "Ines Achterberg",
            "Paul Voss",
            "Keiko Anami",
            "R. Sand",
            "L. Fjord",
        ),
        abstract=(
            "Long contexts are paid for in memory: the cache of a transformer grows with every token it reads. "
            "We show that a fixed schedule of deletions keeps the attention error below $\\epsilon$ with only "
            "$O(\\sqrt{n}\\log n)$ entries, without any training. The proof rests on a new concentration bound "
            "for softmax weights. On eleven public benchmarks our schedule matches the full cache within 0.3 "
            "points at 6\\% of its size. Throughput on a single consumer card rises by a factor of 4.1. Code and "
            "all schedules are released."
        ),
        note="The rare systems paper whose main theorem fits on a napkin. Read section 3 even if you skip the rest.",
        chips=(Chip("pick", "Curators’ pick"), Chip("keyword", "You follow “attention”", 1)),
        votes=214,
        paper_url="https://arxiv.org/abs/2608.01234",
        code_url="https://github.com/example/forgetting",
        project_url="https://forgetting.example.org/",
    ),
    Card(
        title="Does Thinking Longer Help? A Controlled Study of Test-Time Compute on 1,200 Competition Problems",
        url="https://papers.example.org/papers/102/",
        paper_id=102,
        authors=("Astrid Lindqvist", "Jo Mbeki", "Farah Nasser", "Dmitri Orlov"),
        abstract=(
            "Reports that models improve when given more tokens to reason with rarely control for the number of "
            "attempts. We hold the total budget fixed and vary how it is spent. Beyond a short chain, "
            "independent attempts with a vote beat longer chains in 9 of 10 subject areas, and the advantage "
            "grows with difficulty. We release all 1.4 million traces and a small tool that estimates the best "
            "split for a given model."
        ),
        note="",
        chips=(Chip("pick", "Curators’ pick"), Chip("trending", "Trending this week", 1)),
        votes=131,
        paper_url="https://arxiv.org/abs/2608.02345",
        code_url="",
        project_url="",
    ),
)
_TOPICS = (
    Card(
        title="مدوّنة مفتوحة للنصوص العلمية العربية: البناء والتحليل وأولى التجارب",
        url="https://papers.example.org/papers/103/",
        paper_id=103,
        authors=("ليلى حدّاد", "سامي الخوري"),
        abstract=(
            "نقدّم أول مدوّنة مفتوحة للنصوص العلمية العربية، تضم أربعين ألف مقالة في تسعة مجالات. نصف طريقة "
            "الجمع والتنقية، ونحلّل المفردات والأساليب، ونعرض تجارب أولى في التلخيص والترجمة."
        ),
        note="",
        chips=(Chip("topic", "Computation and Language"),),
        votes=58,
        paper_url="https://arxiv.org/abs/2608.03456",
        code_url="https://github.com/example/arabic-science",
        project_url="",
    ),
    Card(
        title="大規模言語モデルにおける長文脈理解の評価：日本語ベンチマークの構築",
        url="https://papers.example.org/papers/104/",
        paper_id=104,
        authors=("佐藤 葵", "田中 蓮", "鈴木 陽菜", "高橋 湊", "伊藤 結衣"),
        abstract=(
            "長い文脈を扱う能力は、英語の評価では急速に向上しているが、日本語での検証は限られている。本研究では、"
            "判決文、小説、議事録からなる長文脈ベンチマークを構築し、十二のモデルを比較した。文脈が三万字を超えると、すべてのモデルで精度が大きく低下することを示す。"
        ),
        note="",
        chips=(Chip("author", "You follow 佐藤 葵"), Chip("topic", "Computation and Language", 1)),
        votes=41,
        paper_url="https://arxiv.org/abs/2608.04567",
        code_url="",
        project_url="https://choubun.example.org/",
    ),
    Card(
        title='Schr\\"odinger Bridges on a Budget -- Few-Step Samplers for $\\mathbb{R}^d$ and Beyond',
        url="https://papers.example.org/papers/105/",
        paper_id=105,
        authors=("Nadia Petrov",),
        abstract=(
            "Diffusion bridges give exact couplings but need hundreds of steps. We derive a corrector that "
            "brings the error from $d^{3/2}/k$ down to $\\tilde{O}(d/k^2)$ for $k$ steps, and show a matching "
            "lower bound for smooth targets."
        ),
        note="",
        chips=(Chip("paper", "Like a paper you saved"),),
        votes=1,
        paper_url="https://arxiv.org/abs/2608.05678",
        code_url="",
        project_url="",
    ),
)
