"""The trending formula."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digest.papers.votes import trend_of


def test_the_formula_is_the_written_one() -> None:
    assert trend_of(votes=0, listed_on=date(1970, 1, 5)) == pytest.approx(1.0)
    assert trend_of(votes=7, listed_on=date(1970, 1, 1)) == pytest.approx(3.0)


def test_four_days_weigh_as_much_as_twice_the_votes() -> None:
    assert trend_of(votes=63, listed_on=date(2026, 8, 3)) == pytest.approx(
        trend_of(votes=31, listed_on=date(2026, 8, 7))
    )


days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
counts = st.integers(0, 10**6)


@given(counts, counts, days)
def test_it_rises_with_every_vote_and_with_nothing_else_on_a_day(one: int, other: int, day: date) -> None:
    first, second = trend_of(votes=one, listed_on=day), trend_of(votes=other, listed_on=day)
    assert (first < second) == (one < other)
    assert trend_of(votes=one, listed_on=day) == first


@given(counts, days, st.integers(1, 400))
def test_of_two_papers_with_as_many_votes_the_newer_leads(votes: int, day: date, later: int) -> None:
    assert trend_of(votes=votes, listed_on=day + timedelta(days=later)) > trend_of(votes=votes, listed_on=day)


def test_without_votes_the_newest_comes_first() -> None:
    found = [trend_of(votes=0, listed_on=date(2026, 8, day)) for day in range(1, 29)]
    assert all(before < after for before, after in pairwise(found))


def order_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.argsort(np.argsort(values)).astype(np.float64)


def test_it_foresees_who_will_still_gain_better_than_the_votes_alone() -> None:
    # What share of its votes a paper has on the first to the seventh morning, as daily lists show it.
    shares = np.array([0.40, 0.70, 0.78, 0.82, 0.87, 0.90, 0.93])
    rng = np.random.default_rng(0)
    final, age = np.exp(rng.normal(2.5, 1.1, 400)), rng.integers(0, 7, 400)
    votes = rng.poisson(final * shares[age])
    future = order_of(rng.poisson(final * (1 - shares[age])) + rng.random(400) / 2)
    day = date(2026, 8, 3)
    trend = [trend_of(votes=int(v), listed_on=day - timedelta(days=int(a))) for v, a in zip(votes, age, strict=True)]
    ours = np.corrcoef(order_of(np.array(trend)), future)[0, 1]
    assert ours >= 0.55
    assert ours > np.corrcoef(order_of(votes.astype(np.float64)), future)[0, 1]
