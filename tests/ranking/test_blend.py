"""Scoring new papers by what readers liked: what must hold whatever the corpus."""

from __future__ import annotations

import numpy as np
import pytest

from digest.ranking.blend import Blend, Profile, _whiten
from digest.ranking.word_table import load_word_table

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
NEW = [2, 5, 7, 8]


def blend(libraries: tuple[tuple[int, ...], ...] = ()) -> Blend:
    return Blend(TEXTS, load_word_table().embed(TEXTS), NEW, libraries)


@pytest.mark.parametrize(("like", "best"), [(0, 0), (3, 1), (6, 2)])
def test_one_like_brings_its_kind_to_the_top(like: int, best: int) -> None:
    assert int(np.argmax(blend().score([Profile.of([like])])[0])) == best


def test_a_dislike_pushes_its_kind_down() -> None:
    before, after = blend().score([Profile.of([0, 3]), Profile.of([0, 3, 4], [1.0, 1.0, -1.5])])
    assert after[1] < before[1]
    assert int(np.argmax(after)) == 0


def test_the_order_of_likes_does_not_matter() -> None:
    one, other = blend().score([Profile.of([0, 3, 6]), Profile.of([6, 0, 3])])
    assert np.allclose(one, other, atol=1e-4)


def test_a_readers_scores_do_not_depend_on_the_batch() -> None:
    scorer, reader = blend(), Profile.of([0, 1])
    alone = scorer.score([reader])[0]
    assert np.allclose(alone, scorer.score([Profile.of([3]), reader])[1], atol=1e-4)


def test_no_likes_and_empty_texts_give_numbers() -> None:
    scores = blend().score([Profile.of([]), Profile.of([8])])
    assert np.isfinite(scores).all()
    assert not scores[0].any()


def test_a_vector_that_is_no_number_spoils_nothing() -> None:
    vectors = load_word_table().embed(TEXTS)
    vectors[4] = np.nan
    scores = Blend(TEXTS, vectors, NEW).score([Profile.of([0])])
    assert np.isfinite(scores).all()
    assert int(np.argmax(scores[0])) == 0


def test_what_others_keep_together_counts() -> None:
    together = ((3, 7), (3, 7, 0), (3, 7, 1), (3, 7))
    without, shared = (scorer.score([Profile.of([3])])[0] for scorer in (blend(), blend(together * 20)))
    assert shared[2] > without[2]


def test_both_ways_to_the_least_squares_answer_agree() -> None:
    corpus = np.random.default_rng(7).normal(size=(6, 9)).astype(np.float32)
    new = np.array([1, 4])
    direct = np.linalg.solve(corpus.T @ corpus + 2 * np.eye(9), corpus[new].T)
    assert np.allclose(_whiten(corpus, new, 2.0), direct, atol=1e-4)


def test_the_share_of_a_like_names_the_paper_that_drew() -> None:
    shares = blend().explain(Profile.of([6, 0]), 0)
    assert int(np.argmax(shares)) == 1
