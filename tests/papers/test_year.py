"""Weeks of daily visits with planted faults: the right verdict each time, and no paper lost or doubled."""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import date

import pytest

from digest.papers.models import ImportRun, Paper
from tests.papers.year import BEGIN, DAY, live, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]

# `make year` asks for all of them.
DAYS = int(os.environ.get("YEAR_DAYS", "24"))


def first_day(kind: str) -> date:
    """The first day that the first visit asks for."""
    return BEGIN.date() if kind == "arxiv-rss" else BEGIN.date() - 4 * DAY


@pytest.mark.parametrize("kind", ["huggingface", "arxiv-rss"])
def test_every_day_gets_the_verdict_it_deserves_and_no_paper_is_lost(kind: str) -> None:
    world = make_world(kind, seed=DAYS)
    outcomes = list(live(world, days=DAYS))
    assert [one for one in outcomes if one.verdict != one.deserved] == []
    found = Counter(Paper.objects.values_list("arxiv_id", flat=True))
    new = sum(ImportRun.objects.values_list("new", flat=True))
    assert set(found.values()) == {1}
    assert len(found) == new
    asked_for = [ids for day, ids in world.published.items() if first_day(kind) <= day <= world.newest()]
    assert set(found) == {name for ids in asked_for for name in ids}
    sys.stderr.write(
        f"{kind}: {len(outcomes)} visits, {len(found)} papers, {Counter(one.verdict for one in outcomes)}\n"
    )
