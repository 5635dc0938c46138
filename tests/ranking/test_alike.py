"""Readers who follow the same topics and nothing else: ranked once, and each gets what they would get alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.ranking import alike
from digest.ranking.alike import rank_alike
from digest.ranking.field import Field
from digest.ranking.rank import rank, rank_batch
from digest.ranking.shapes import Candidate, Ranking, Taste

LIMIT = 10


def make_field() -> Field:
    """Forty papers that nobody was ranked over."""
    return Field(
        [
            Candidate(
                id=number,
                title=f"Paper {number}",
                abstract="On robots" if number % 7 == 0 else "",
                authors=("Ada L.",) if number % 5 == 0 else (),
                topics=frozenset({number % 4}),
                trend=number * 13 % 40,
                votes=number * 13 % 40,
            )
            for number in range(1, 41)
        ]
    )


some = st.lists(
    st.builds(
        Taste,
        topics=st.dictionaries(st.integers(0, 3), st.sampled_from([1.0, -1.0]), max_size=2),
        keywords=st.sampled_from([{}, {}, {"robots": 1.0}]),
        authors=st.sampled_from([{}, {}, {"Ada L.": 1.0}]),
        papers=st.sampled_from([{}, {}, {3: 1.0}]),
        seen=st.frozensets(st.sampled_from([1, 2, 39, 500, 501]), max_size=2),
        seed=st.integers(0, 1),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(some, min_size=1, max_size=3), limits=st.lists(st.integers(1, 12), min_size=3, max_size=3))
def test_everybody_gets_what_they_would_get_alone(batches: list[list[Taste]], limits: list[int]) -> None:
    field = make_field()
    for tastes, limit in zip(batches, limits, strict=False):
        together = rank_alike(field, tastes, limits=[limit] * len(tastes))
        alone = [rank(make_field(), taste, limit=limit) for taste in tastes]
        assert [ranking._replace(is_shared=False) for ranking in together] == alone


def test_those_who_are_alike_are_ranked_once_and_get_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def count(field: Field, tastes: Sequence[Taste], **options: Any) -> list[Ranking]:
        asked.append(len(tastes))
        return rank_batch(field, tastes, **options)

    monkeypatch.setattr(alike, "rank_batch", count)
    field = make_field()
    plain, other = Taste(topics={1: 1.0}, seed=5), Taste(topics={2: 1.0}, seed=5)
    # Sent before, but not of this window.
    old = replace(plain, seen=frozenset({999}))
    own = replace(plain, keywords={"robots": 1.0})
    first = rank_alike(field, [plain, own, plain, other, own, old], limits=[LIMIT] * 6)
    again = rank_alike(field, [old, other, own], limits=[LIMIT] * 3)
    assert asked == [4, 1]
    assert first[0] is first[2] is first[5] is again[0]
    assert first[3] is again[1] is not first[0]
    assert [ranking.is_shared for ranking in first] == [True, False, True, True, False, True]


@pytest.mark.parametrize(
    "other",
    [
        Taste(topics={1: 1.0, 2: 1.0}),
        Taste(topics={1: -1.0}),
        Taste(topics={1: 1.0}, seed=9),
        Taste(topics={1: 1.0}, seen=frozenset({1})),
    ],
)
def test_who_differs_in_anything_that_counts_is_ranked_by_themselves(other: Taste) -> None:
    field, plain = make_field(), Taste(topics={1: 1.0})
    rank_alike(field, [plain], limits=[LIMIT])
    (found,) = rank_alike(field, [other], limits=[LIMIT])
    assert found._replace(is_shared=False) == rank(make_field(), other, limit=LIMIT)
    (shorter,) = rank_alike(field, [plain], limits=[3])
    assert len(shorter.chosen) == 3
    (bare,) = rank_alike(field, [plain], limits=[LIMIT], explained=False)
    assert not any(ranked.reasons for ranked in bare.chosen)


def test_another_thread_may_forget_what_is_remembered_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    field, plain, other = make_field(), Taste(topics={1: 1.0}), Taste(topics={2: 1.0})
    (before,) = rank_alike(field, [plain], limits=[LIMIT])

    def forget(field: Field, tastes: Sequence[Taste], **options: Any) -> list[Ranking]:
        field.find_interests().rankings.clear()
        return rank_batch(field, tastes, **options)

    monkeypatch.setattr(alike, "rank_batch", forget)
    assert rank_alike(field, [plain, other], limits=[LIMIT] * 2)[0] is before


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "MOST_KINDS", 3)
    field = make_field()
    for seed in range(20):
        rank_alike(field, [Taste(seed=seed), Taste(seed=seed + 1)], limits=[LIMIT] * 2)
        assert len(field.find_interests().rankings) <= 3
