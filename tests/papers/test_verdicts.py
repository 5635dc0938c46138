"""The verdict of a run, and the days on which sources owe papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.papers.models import ImportRun
from digest.papers.sources.base import Calendar
from digest.papers.verdicts import Facts, is_arxiv_holiday, judge, owed_day

V = ImportRun.Verdict
MONDAY, FRIDAY = date(2026, 8, 3), date(2026, 7, 31)
GOOD = Facts(received=20, new=20, newest_on=MONDAY, had_until=FRIDAY, owed_on=MONDAY, is_whole=True, usual=20.0)


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({}, V.FRESH, ""),
        ({"error": "It answered 500."}, V.BROKEN, ""),
        ({"rejected": 2}, V.PARTIAL, "2 of 20 records were rejected."),
        ({"expected": 30}, V.PARTIAL, "20 of 30 records came."),
        ({"is_cut": True}, V.PARTIAL, "The limit of this source's row was reached after 20 records."),
        ({"newest_on": FRIDAY}, V.STALE, "Papers of 3 August were due, but the newest record is of 31 July."),
        ({"new": 0, "newest_on": None}, V.STALE, "Papers of 3 August were due, but nothing came."),
        ({"new": 4}, V.PARTIAL, "Only 4 new where about 20 are usual."),
        ({"new": 4, "had_until": MONDAY, "had_new": 16}, V.FRESH, ""),
        ({"new": 0, "had_until": MONDAY}, V.QUIET, ""),
        ({"new": 0, "newest_on": None, "usual": 1.0}, V.QUIET, ""),
        ({"new": 0, "newest_on": None, "usual": None}, V.STALE, "Papers of 3 August were due, but nothing came."),
        ({"new": 0, "newest_on": None, "usual": None, "is_whole": False}, V.QUIET, ""),
        ({"new": 0, "newest_on": None, "is_whole": False}, V.STALE, "Papers of 3 August were due, but nothing came."),
        ({"new": 2, "is_whole": False}, V.FRESH, ""),
        ({"owed_on": None, "new": 0}, V.QUIET, ""),
        ({"new": 0}, V.STALE, "Papers of 3 August were due, but all 20 that came were known before."),
        ({"new": 0, "had_new": 3}, V.QUIET, ""),
        # Where another source tells everything first, nothing new is usual.
        ({"new": 0, "usual": 0.0}, V.QUIET, ""),
        ({"new": 0, "is_whole": False}, V.QUIET, ""),
    ],
)
def test_a_verdict_follows_from_the_facts(change: dict[str, object], verdict: str, reason: str) -> None:
    assert judge(replace(GOOD, **change)) == (verdict, reason)  # type: ignore[arg-type]  # names are Facts' own


@pytest.mark.parametrize(
    ("moment", "calendar", "closed", "owed"),
    [
        # Three in the morning in New York is seven in UTC in summer.
        (datetime(2026, 8, 3, 6, 59, tzinfo=UTC), Calendar.ARXIV, False, FRIDAY),
        (datetime(2026, 8, 3, 7, 1, tzinfo=UTC), Calendar.ARXIV, False, MONDAY),
        (datetime(2026, 8, 2, 12, 0, tzinfo=UTC), Calendar.ARXIV, False, FRIDAY),
        (datetime(2026, 12, 28, 12, 0, tzinfo=UTC), Calendar.ARXIV, True, date(2026, 12, 23)),
        (datetime(2026, 8, 4, 6, 30, tzinfo=UTC), Calendar.WEEKDAYS, True, MONDAY),
        (datetime(2026, 8, 4, 5, 30, tzinfo=UTC), Calendar.WEEKDAYS, True, FRIDAY),
        (datetime(2026, 8, 3, 12, 0, tzinfo=UTC), Calendar.UNKNOWN, False, MONDAY),
    ],
)
def test_the_owed_day_knows_zones_weekends_and_holidays(
    moment: datetime, calendar: Calendar, closed: bool, owed: date
) -> None:
    assert owed_day(calendar, now=moment, closed_days=closed) == owed


def test_holidays_of_the_operator_count_for_every_source() -> None:
    noon = datetime(2026, 8, 3, 12, 0, tzinfo=UTC)
    assert owed_day(Calendar.WEEKDAYS, now=noon, closed_days=False, holidays=[MONDAY]) == FRIDAY


@pytest.mark.parametrize(
    "day",
    [date(2026, 1, 1), date(2026, 1, 19), date(2026, 5, 25), date(2026, 7, 3), date(2026, 11, 26)],
)
def test_these_are_holidays(day: date) -> None:
    assert is_arxiv_holiday(day)
    assert not is_arxiv_holiday(date(2026, 8, 3))
