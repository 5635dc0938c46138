"""How far up papers stand: votes as they come in, stars, readers' own votes, in any order of telling."""

from __future__ import annotations

from datetime import date, timedelta
from math import log2
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from digest.papers.models import Paper, Signal
from digest.papers.sources.base import Record
from digest.papers.trending import find_trends
from digest.papers.votes import trend_of
from subscriptions.voting import cast_vote, take_vote_back
from tests.factories import NOW, make_paper, make_subscriber
from tests.papers.makers import take

DAY = date(2026, 8, 3)
days = st.integers(0, 300).map(lambda days: DAY + timedelta(days=days))
gains = st.lists(st.tuples(days, st.integers(1, 500)), max_size=5)


@given(gains, st.integers(0, 500), days)
def test_every_vote_raises_it_and_a_later_one_raises_it_more(
    gained: list[tuple[date, float]], votes: int, day: date
) -> None:
    def with_one_on(when: date) -> float:
        return trend_of(votes=votes, listed_on=DAY, gained=[*gained, (when, 1)])

    assert trend_of(votes=votes, listed_on=DAY, gained=gained) <= with_one_on(day) <= with_one_on(day + timedelta(4))


@given(gains, st.integers(0, 500))
def test_two_papers_without_new_votes_never_change_places(gained: list[tuple[date, float]], votes: int) -> None:
    # The number holds no today: it is the same whenever it is asked for.
    later = [(day + timedelta(days=30), amount) for day, amount in gained]
    moved = trend_of(votes=votes, listed_on=DAY + timedelta(days=30), gained=later)
    assert moved == pytest.approx(trend_of(votes=votes, listed_on=DAY, gained=gained) + 30 / 4)


def test_votes_won_lately_lead_votes_won_long_ago() -> None:
    quiet = trend_of(votes=40, listed_on=DAY)
    assert trend_of(votes=10, listed_on=DAY, gained=[(DAY + timedelta(days=8), 10)]) > quiet
    assert trend_of(votes=10, listed_on=DAY, gained=[(DAY, 10)]) < quiet


def test_a_vote_after_decades_is_a_number_too() -> None:
    assert trend_of(votes=0, listed_on=date(1990, 1, 1), gained=[(date(2090, 1, 1), 10**6)]) < 10**4


def told(day: int, **counts: Any) -> Record:
    return Record("Paper", arxiv_id="2608.00001", listed_on=date(2026, 8, day), **counts)


def heat() -> float:
    """The only paper's votes, as the formula counts them."""
    return float(2 ** (Paper.objects.get().trend - trend_of(votes=0, listed_on=DAY)) - 1)


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(3, 7), (7, 3), (7, 3, 7)])
def test_votes_count_for_the_day_that_brought_them_in_any_order_of_telling(order: tuple[int, ...]) -> None:
    for day in order:
        take(told(day, votes={3: 10, 7: 14}[day]))
    assert heat() == pytest.approx(10 + 4 * 2)


@pytest.mark.django_db
def test_new_stars_count_a_little_and_old_ones_not_at_all() -> None:
    take(told(3, votes=5, stars=9_000))
    assert heat() == pytest.approx(5)
    take(told(7, stars=9_020))
    assert heat() == pytest.approx(5 + 20 * 0.1 * 2)


@pytest.mark.django_db
def test_a_count_that_was_taken_back_lowers_nothing_and_is_not_won_twice() -> None:
    for day, votes in ((3, 10), (4, 6), (5, 10)):
        take(told(day, votes=votes))
    assert heat() == pytest.approx(10)


@pytest.mark.django_db
def test_a_readers_vote_counts_for_its_day_and_taken_back_leaves_nothing() -> None:
    reader, paper = make_subscriber(), make_paper(listed_on=DAY, trend=trend_of(votes=0, listed_on=DAY))
    later = NOW + timedelta(days=4)
    assert cast_vote(person=reader, paper_id=paper.pk, now=later)
    assert heat() == pytest.approx(2 ** ((later.date() - DAY).days / 4))
    take_vote_back(person=reader, paper_id=paper.pk)
    paper.refresh_from_db()
    assert paper.trend == trend_of(votes=0, listed_on=DAY)


@pytest.mark.django_db
def test_many_papers_are_worked_out_by_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    papers = [make_paper(votes=number, listed_on=DAY) for number in range(5)]
    Signal.objects.bulk_create(Signal(paper=paper, day=DAY, votes=paper.votes) for paper in papers)
    with django_assert_num_queries(1):
        found = find_trends(papers)
    assert [found[paper.pk] for paper in papers] == [trend_of(votes=n, listed_on=DAY) for n in range(5)]
    assert log2(5) == pytest.approx(found[papers[4].pk] - found[papers[0].pk])
