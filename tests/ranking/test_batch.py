"""Ranking many readers at once: what holds for each of them, whoever else is there, and that reasons are true."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.ranking.exploring import has_profile
from digest.ranking.field import Field
from digest.ranking.liking import Ground, Liking
from digest.ranking.rank import rank, rank_batch
from digest.ranking.shapes import Candidate, Ranking, Reason, Taste
from digest.ranking.word_table import load_word_table

KINDS = ("robots that grasp", "proteins that fold", "markets that fall", "stars that shine")
LIKED = {1_000 + n: f"On {KINDS[n]}. A study of {KINDS[n]}" for n in range(4)}


def candidate(number: int) -> Candidate:
    kind = number % 4
    return Candidate(
        id=number,
        title=f"Paper {number} on {KINDS[kind]}",
        abstract=f"We see {KINDS[kind]} in case {number * 37 % 101}" if number % 5 else "",
        authors=(f"Author {number % 6}",),
        topics=frozenset({kind} if number % 3 else set()),
        trend=math.log2(1 + number * 13 % 40),
        votes=number * 13 % 40,
        pick=0 if number == 7 else None,
        organisation=f"Lab {number % 3}",
    )


@cache
def field() -> Field:
    candidates = [candidate(number) for number in range(60)]
    texts = [f"{c.title}. {c.abstract}" for c in candidates]
    table = load_word_table()
    ground = Ground(texts, table.embed(texts), candidates=len(texts))
    return Field(candidates, Liking(ground, LIKED, table.embed(list(LIKED.values()))), vectors=table.embed(texts))


weights = st.sampled_from([-1.0, 0.5, 1.0, 2.0])
tastes = st.builds(
    Taste,
    topics=st.dictionaries(st.integers(0, 4), weights, max_size=3),
    keywords=st.dictionaries(st.sampled_from(["grasp", "fold", "case 3", "none"]), weights, max_size=2),
    authors=st.dictionaries(st.sampled_from(["author 1", "Author 2"]), weights, max_size=1),
    organisations=st.dictionaries(st.sampled_from(["Lab 1", "lab 2"]), weights, max_size=1),
    papers=st.dictionaries(st.sampled_from([*LIKED, 3, 4]), weights, max_size=3),
    seen=st.frozensets(st.integers(0, 80), max_size=20),
    seed=st.integers(0, 9),
)
limits = st.integers(1, 15)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(tastes, limits), min_size=1, max_size=8), st.integers(0, 7))
def test_nobodys_papers_depend_on_who_else_is_in_the_batch(batch: list[tuple[Taste, int]], chosen: int) -> None:
    taste, limit = batch[chosen % len(batch)]
    alone = rank(field(), taste, limit=limit)
    beside = rank_batch(field(), [taste for taste, _ in batch], limits=[limit for _, limit in batch])
    assert beside[chosen % len(batch)] == alone


def is_true(reason: Reason, paper: Candidate, taste: Taste) -> bool:
    names = {reason.text.casefold(), *map(str.casefold, paper.authors)}
    followed: dict[str, float] = {
        "topic": taste.topics.get(reason.number, 0) * (reason.number in paper.topics),
        "keyword": taste.keywords.get(reason.text, 0) * (reason.text in f"{paper.title} {paper.abstract}".casefold()),
        "author": taste.authors.get(reason.text, 0) * (len(names) == len(paper.authors)),
        "organisation": taste.organisations.get(reason.text, 0)
        * (reason.text.casefold() == paper.organisation.casefold()),
        # Every kind has words of its own: what is named must share them.
        "paper": taste.papers.get(reason.number, 0) * (reason.number % 4 == paper.id % 4),
        "pick": paper.pick is not None,
        "trending": reason.number == paper.votes and paper.votes,
        "explore": not paper.topics & {topic for topic, weight in taste.topics.items() if weight > 0},
    }
    return followed[reason.kind] > 0


@settings(deadline=None, max_examples=80)
@given(tastes, limits)
def test_every_reason_is_true_and_there_are_three_at_most(taste: Taste, limit: int) -> None:
    for ranked in rank(field(), taste, limit=limit).chosen:
        paper = field().candidates[field().place_of[ranked.paper]]
        assert all(is_true(reason, paper, taste) for reason in ranked.reasons)
        assert len(ranked.reasons) == len(set(ranked.reasons)) <= 3


@settings(deadline=None, max_examples=60)
@given(tastes, limits)
def test_nothing_seen_muted_or_known_is_shown_and_nothing_twice(taste: Taste, limit: int) -> None:
    ranking = rank(field(), taste, limit=limit)
    numbers = [ranked.paper for ranked in ranking.chosen]
    assert len(numbers) == len(set(numbers)) <= limit
    assert not set(numbers) & (taste.seen | taste.papers.keys())
    muted = {topic for topic, weight in taste.topics.items() if weight < 0}
    labs = {name.casefold() for name, weight in taste.organisations.items() if weight < 0}
    for number in numbers:
        assert not candidate(number).topics & muted
        assert candidate(number).organisation.casefold() not in labs


def liked_best(ranking: Ranking) -> str:
    return next(KINDS[ranked.paper % 4] for ranked in ranking.chosen if ranked.reasons[:1] != (("pick", "", 0),))


@pytest.mark.parametrize("kind", range(4))
def test_one_like_already_changes_what_comes_first_and_is_named(kind: int) -> None:
    ranking = rank(field(), Taste(papers={1_000 + kind: 1.0}), limit=5)
    assert liked_best(ranking) == KINDS[kind]
    assert ("paper", "", 1_000 + kind) in ranking.chosen[1].reasons


def test_recent_likes_weigh_more_than_old_ones() -> None:
    assert liked_best(rank(field(), Taste(papers={1_000: 0.1, 1_001: 1.0}), limit=5)) == KINDS[1]
    assert liked_best(rank(field(), Taste(papers={1_000: 1.0, 1_001: 0.1}), limit=5)) == KINDS[0]


def test_one_place_of_ten_is_from_outside_the_profile_and_says_so() -> None:
    found = [rank(field(), Taste(topics={1: 1.0}, seed=seed), limit=10) for seed in range(10)]
    last = [ranking.chosen[9] for ranking in found]
    assert all(ranked.reasons[0].kind == "explore" for ranked in last)
    assert all(1 not in candidate(ranked.paper).topics for ranked in last)
    assert len({ranked.paper for ranked in last}) > 3
    assert not any(r.kind == "explore" for n in range(9) for r in found[0].chosen[n].reasons)


def test_without_a_profile_or_with_few_places_nothing_is_let_in() -> None:
    for taste, limit in ((Taste(), 10), (Taste(topics={1: -1.0}), 10), (Taste(topics={1: 1.0}), 9)):
        chosen = rank(field(), taste, limit=limit).chosen
        assert not any(reason.kind == "explore" for ranked in chosen for reason in ranked.reasons)
    assert not has_profile(Taste(topics={1: -1.0}, seen=frozenset({3})))


def test_no_topic_takes_all_places_while_there_is_anything_else() -> None:
    papers = [
        Candidate(n, f"{n}", "", (), frozenset({1} if n < 20 else set()), float(50 - n), 50 - n) for n in range(40)
    ]
    chosen = rank(Field(papers), Taste(topics={1: 4.0}), limit=5).chosen
    assert sum(ranked.paper < 20 for ranked in chosen) == 4
    assert len(rank(Field(papers[:20]), Taste(), limit=5).chosen) == 5


def test_one_paper_told_twice_is_shown_once() -> None:
    papers = [
        Candidate(n, "The same title" if n < 3 else f"Other {n}", "", (), frozenset(), 9.0 - n, 1) for n in range(6)
    ]
    vectors = np.eye(6, dtype=np.float32)
    assert [r.paper for r in rank(Field(papers, vectors=vectors), Taste(), limit=6).chosen] == [0, 3, 4, 5]


def test_a_large_loud_field_does_not_drown_a_small_one() -> None:
    loud = [Candidate(n, f"L{n}", "", (), frozenset({1}), 6.0 + n / 100, 60) for n in range(80)]
    quiet = [Candidate(100 + n, f"Q{n}", "", (), frozenset({2}), 1.0 + n / 2, 2) for n in range(12)]
    best = [ranked.paper for ranked in rank(Field(loud + quiet), Taste(), limit=10).chosen]
    assert sum(number >= 100 for number in best) >= 3


def test_numbers_that_are_none_and_equal_papers_give_one_order() -> None:
    papers = [Candidate(n, "", "", (), frozenset(), 0.0, 0) for n in (5, 3, 9)]
    vectors = np.full((3, 4), np.nan, dtype=np.float32)
    assert [r.paper for r in rank(Field(papers, vectors=vectors), Taste(), limit=9).chosen] == [5, 3, 9]
