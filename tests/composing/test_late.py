"""Sources in trouble and papers that come late, as digests see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from digest.composing.book import open_book
from digest.composing.candidates import Window, load_fields
from digest.composing.compose import compose_range
from digest.composing.models import Digest, Edition
from digest.composing.presentation import present_digest
from digest.composing.schedule import open_due
from digest.papers.models import ImportRun, Paper, Source
from digest.papers.sources.base import Record
from digest.papers.trouble import find_trouble
from tests.factories import NOW, make_paper, make_subscriber
from tests.papers.makers import take

pytestmark = pytest.mark.django_db


def make_troubled(on_trouble: str, verdict: str = "stale") -> Source:
    source = Source.objects.create(
        name="A feed", kind="arxiv-rss", query="cs.RO", rhythm="daily", on_trouble=on_trouble, created_at=NOW
    )
    ImportRun.objects.create(source=source, verdict=verdict, reason="Late.", started_at=NOW, finished_at=NOW)
    return source


def plan() -> Digest:
    make_paper()
    make_subscriber()
    open_due(now=NOW)
    return Digest.objects.get()


def compose(digest: Digest, *, hours: float = 0) -> str:
    compose_range(first_id=digest.pk, last_id=digest.pk, now=NOW + timedelta(hours=hours))
    digest.refresh_from_db()
    return digest.state


def test_a_source_in_trouble_holds_digests_for_some_hours_only(settings: Any) -> None:
    make_troubled("hold")
    digest = plan()
    assert compose(digest) == Digest.State.PLANNED
    assert compose(digest, hours=settings.SOURCE_HOLD_HOURS) == Digest.State.COMPOSED


def test_digests_go_once_the_source_is_well_again() -> None:
    source = make_troubled("hold")
    digest = plan()
    assert compose(digest) == Digest.State.PLANNED
    ImportRun.objects.create(source=source, verdict="fresh", started_at=NOW + timedelta(hours=1), finished_at=NOW)
    assert compose(digest, hours=1) == Digest.State.COMPOSED


@pytest.mark.parametrize(("on_trouble", "said"), [("notice", True), ("hold", True), ("show", False)])
def test_a_line_tells_readers_where_it_is_set_so(on_trouble: str, said: bool) -> None:
    make_troubled(on_trouble)
    digest = plan()
    compose(digest, hours=12)
    letter = present_digest(digest, open_book([digest]))
    assert ("A feed was not up to date" in letter.intro) is said
    # What was frozen stays, whatever the source does meanwhile.
    ImportRun.objects.update(verdict="fresh")
    assert ("A feed was not" in Edition.objects.get().source_notice) is said


def test_a_source_nobody_visits_is_in_trouble_too() -> None:
    make_troubled("show", verdict="fresh")
    assert find_trouble(now=NOW + timedelta(days=2)) == []
    (trouble,) = find_trouble(now=NOW + timedelta(days=4))
    assert "Not visited since" in trouble.reason


def ids(first: date, last: date) -> set[int]:
    window = Window(first, last, "2026-08-03")
    return {candidate.id for candidate in load_fields([window])[window].candidates}


def test_a_late_paper_is_in_the_next_digest_and_an_old_one_is_not() -> None:
    today = NOW.date()
    take(
        Record("Late", listed_on=today - timedelta(days=6)),
        Record("Old", listed_on=today - timedelta(days=60)),
        Record("On time", listed_on=today),
    )
    late, old, on_time = (Paper.objects.get(title=title).pk for title in ("Late", "Old", "On time"))
    assert ids(today - timedelta(days=1), today) == {late, on_time}
    assert ids(today - timedelta(days=7), today - timedelta(days=5)) == {late}
    assert old not in ids(today - timedelta(days=9), today + timedelta(days=9))
