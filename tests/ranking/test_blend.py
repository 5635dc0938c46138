"""Scoring new papers by what readers liked: what must hold whatever the corpus."""

from __future__ import annotations

import numpy as np
import pytest

from digest.ranking.bags import fold_text
from digest.ranking.blend import Blend, Profile, Scores
from digest.ranking.corpus import Corpus
from digest.ranking.libraries import _map_by_papers, map_libraries
from digest.ranking.word_table import Vectors, load_word_table

TEXTS = [
    "Grasping cups with robot hands",
    "Robot arms that learn to grasp",
    "Soft hands for grasping robots",
    "Protein folding in yeast cells",
    "How proteins fold and misfold",
    "Yeast cells and their proteins",
    "Bond markets in the winter",
    "Pricing bonds when markets fall",
    "",
]
NEW = np.array([2, 5, 7, 8])


def blend(libraries: tuple[tuple[int, ...], ...] = (), vectors: Vectors | None = None) -> Blend:
    found = load_word_table().embed(TEXTS) if vectors is None else vectors
    corpus = Corpus([fold_text(text) for text in TEXTS], found)
    return Blend(corpus, corpus.papers.take(NEW), [np.array(sorted(library)) for library in libraries])


def score(scorer: Blend, *profiles: Profile) -> Scores:
    return scorer.score(scorer.corpus.papers, profiles)


@pytest.mark.parametrize(("like", "best"), [(0, 0), (3, 1), (6, 2)])
def test_one_like_brings_its_kind_to_the_top(like: int, best: int) -> None:
    assert int(np.argmax(score(blend(), Profile.of([like]))[0])) == best


def test_a_dislike_pushes_its_kind_down() -> None:
    before, after = score(blend(), Profile.of([0, 3]), Profile.of([0, 3, 4], [1.0, 1.0, -1.5]))
    assert after[1] < before[1]
    assert int(np.argmax(after)) == 0


def test_the_order_of_likes_changes_nothing_at_all() -> None:
    one, other = score(blend(), Profile.of([0, 3, 6]), Profile.of([6, 0, 3]))
    assert (one == other).all()


def test_a_readers_scores_do_not_depend_on_the_batch() -> None:
    scorer, reader = blend(((0, 1), (3, 4), (0, 1, 3))), Profile.of([0, 1])
    alone = score(scorer, reader)[0]
    beside = score(scorer, *(Profile.of([n % 8]) for n in range(90)), reader, Profile.of([3, 4, 6]))[90]
    assert (alone == beside).all()


def test_no_likes_and_empty_texts_give_numbers() -> None:
    scores = score(blend(), Profile.of([]), Profile.of([8]))
    assert np.isfinite(scores).all()
    assert not scores[0].any()


def test_a_vector_that_is_no_number_spoils_nothing() -> None:
    vectors = load_word_table().embed(TEXTS)
    vectors[4] = np.nan
    scores = score(blend(vectors=vectors), Profile.of([0, 4]))
    assert np.isfinite(scores).all()


def test_a_thousand_likes_and_words_of_any_language_give_numbers() -> None:
    texts = [f"論文 {n} о белках и الروبوت" for n in range(1_000)] + TEXTS
    corpus = Corpus([fold_text(text) for text in texts], load_word_table().embed(texts))
    scorer = Blend(corpus, corpus.papers.take(NEW + 1_000))
    assert np.isfinite(scorer.score(corpus.papers, [Profile.of(list(range(1_000)))])).all()


def test_what_others_keep_together_counts() -> None:
    together = ((3, 7), (3, 7, 0), (3, 7, 1), (3, 7))
    without, shared = (score(scorer, Profile.of([3]))[0] for scorer in (blend(), blend(together * 20)))
    assert shared[2] > without[2]


def test_both_ways_to_learn_from_libraries_agree() -> None:
    rng = np.random.default_rng(7)
    corpus = rng.normal(size=(12, 9)).astype(np.float32)
    libraries = [np.array([0, 3, 5]), np.array([1, 2])]
    rarity, alone = np.ones(12, dtype=np.float32), np.full(12, 0.01, dtype=np.float32)
    for library in libraries:
        alone[library] -= 1 / len(library)
    by_papers = _map_by_papers(corpus, corpus[[1, 4]], libraries, rarity, alone)
    assert np.allclose(map_libraries(corpus, corpus[[1, 4]], libraries), by_papers, atol=1e-3)


def test_the_shares_of_likes_add_up_to_the_score() -> None:
    scorer, profile = blend(), Profile.of([6, 0, 3], [1.0, 0.5, -1.0])
    known = scorer.learn(scorer.corpus.papers)
    scored = scorer.score_known(known, [profile])
    shares, _ = scorer.explain(known, profile, scored.worth[0], np.arange(len(NEW)))
    assert np.allclose(shares.sum(axis=0), scored.scores[0], atol=1e-4)


def test_the_share_of_a_like_names_the_paper_that_drew() -> None:
    scorer, profile = blend(), Profile.of([6, 0])
    known = scorer.learn(scorer.corpus.papers)
    shares, _ = scorer.explain(known, profile, scorer.score_known(known, [profile]).worth[0], np.array([0, 2]))
    # Likes stand in the order of their papers: grasping first, then bonds.
    assert np.argmax(shares, axis=0).tolist() == [0, 1]
