"""Counts by day, told in any order and any number of times."""

from __future__ import annotations

import itertools
import random
from datetime import date

import pytest

from digest.papers.models import Paper, Signal, Source
from digest.papers.sources.base import Record
from digest.papers.visiting import visit_source
from tests.papers.makers import TODAY, take
from tests.papers.playing import Reply, play

pytestmark = pytest.mark.django_db


def on(day: int, votes: int, number: int = 0) -> Record:
    listed = date(2026, 8, day)
    return Record(f"Paper {number}", arxiv_id=f"2608.{number:05d}", votes=votes, stars=1, listed_on=listed)


def test_lists_in_any_order_and_any_number_of_times_give_the_same_papers_and_series() -> None:
    dice = random.Random(8)
    lists = [[on(day, dice.randint(0, 90), number) for number in range(day, day + 6)] for day in range(1, 12)]
    found = []
    for _ in range(3):
        Paper.objects.all().delete()
        told = dice.sample(lists, len(lists)) + dice.sample(lists, 4)
        for daily in told:
            take(*dice.sample(daily, len(daily)))
        papers = Paper.objects.order_by("arxiv_id").values_list("arxiv_id", "votes", "listed_on", "trend", "title")
        rows = Signal.objects.order_by("paper__arxiv_id", "day").values_list("paper__arxiv_id", "day", "votes", "stars")
        found.append((list(papers), list(rows)))
    assert found[0] == found[1] == found[2]
    assert len(found[0][1]) == sum(map(len, lists))


def test_of_several_values_of_a_day_the_greatest_counts() -> None:
    for votes in itertools.permutations([2, 9, 5]):
        take(*(on(3, value) for value in votes))
    assert Signal.objects.get().votes == 9


def test_a_visit_tells_counts_of_today_whatever_the_listing_day() -> None:
    source = Source.objects.create(name="s", kind="huggingface", seen_until=date(2026, 7, 31), days_back=0)
    body = b'[{"paper": {"id": "2607.00001", "title": "T", "upvotes": 4, "submittedOnDailyAt": "2026-07-31"}}]'
    with play(lambda _: Reply(body)) as player:
        visit_source(source.pk, fetcher=player.fetcher())
    assert list(Signal.objects.values_list("day", "votes")) == [(TODAY, 4)]
