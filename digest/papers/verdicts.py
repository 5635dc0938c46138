"""Judges a run: fresh, quiet, stale, partial or broken, and why in a sentence. Knows the sources' calendars. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.papers.models import ImportRun
from digest.papers.sources.base import Calendar

Verdict = ImportRun.Verdict

_SATURDAY = 5
_DAY = timedelta(days=1)
# Where the day turns, and how long after that its list is waited for.
_ZONES = {Calendar.ARXIV: (ZoneInfo("America/New_York"), timedelta(hours=3))}
_ELSEWHERE = (UTC, timedelta(hours=6))
# Silence where so many a day are usual is a fault; fewer may well be none for a day.
_CERTAIN = 3
# Where so many are usual, a quarter of them is half an answer.
_MANY, _SHARE = 8, 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a run when it ends."""

    error: str = ""
    received: int = 0
    rejected: int = 0
    new: int = 0
    # How many there are by the source's own count.
    expected: int | None = None
    # Whether the run ended at the limit of its source's row.
    is_cut: bool = False
    # The latest listing day in this run's records, and in those of the runs before.
    newest_on: date | None = None
    had_until: date | None = None
    # The listing day that should be there by now.
    owed_on: date | None = None
    # Lists everything of its day.
    is_whole: bool = False
    # New papers a listing day, in the middle of the days before; None where there were none yet.
    usual: float | None = None
    # New papers of the owed day that earlier runs brought.
    had_new: int = 0


def judge(facts: Facts) -> tuple[ImportRun.Verdict, str]:
    """The verdict and its reason, "" where there is nothing to explain."""
    if facts.error:
        return Verdict.BROKEN, ""
    if reason := _find_gap(facts):
        return Verdict.PARTIAL, reason
    if _is_behind(facts):
        newest = f"the newest record is of {facts.newest_on:%-d %B}" if facts.newest_on else "nothing came"
        return Verdict.STALE, f"Papers of {facts.owed_on:%-d %B} were due, but {newest}."
    if _is_repeat(facts):
        return Verdict.STALE, (
            f"Papers of {facts.owed_on:%-d %B} were due, but all {facts.received} that came were known before."
        )
    if _is_thin(facts):
        return Verdict.PARTIAL, f"Only {facts.new + facts.had_new} new where about {facts.usual:.0f} are usual."
    return (Verdict.FRESH, "") if facts.new else (Verdict.QUIET, "")


def _find_gap(facts: Facts) -> str:
    if facts.rejected:
        return f"{facts.rejected} of {facts.received} records were rejected."
    if facts.is_cut:
        return f"The limit of this source's row was reached after {facts.received} records."
    if facts.expected is not None and facts.received < facts.expected:
        return f"{facts.received} of {facts.expected} records came."
    return ""


def _is_behind(facts: Facts) -> bool:
    """Whether papers of a day that is over are missing, though such days bring some."""
    if facts.owed_on is None:
        return False
    newest = max(filter(None, (facts.newest_on, facts.had_until)), default=None)
    if newest is not None and newest >= facts.owed_on:
        return False
    if facts.usual is None:
        return facts.is_whole
    return facts.usual >= _CERTAIN and (facts.is_whole or not facts.new)


def _is_repeat(facts: Facts) -> bool:
    """Whether an older list was sent again under the owed day's date."""
    if not facts.is_whole or not facts.received or facts.new or facts.had_new:
        return False
    is_first_of_day = facts.owed_on is not None and (facts.had_until is None or facts.had_until < facts.owed_on)
    return is_first_of_day and facts.usual is not None and facts.usual >= _CERTAIN


def _is_thin(facts: Facts) -> bool:
    if not facts.is_whole or not facts.new or facts.usual is None or facts.usual < _MANY:
        return False
    is_first_of_day = facts.had_until is None or facts.owed_on is None or facts.had_until < facts.owed_on
    return is_first_of_day and (facts.new + facts.had_new) * _SHARE < facts.usual


def owed_day(calendar: Calendar, *, now: datetime, closed_days: bool, holidays: Collection[date] = ()) -> date:
    """The latest listing day whose papers should be there by now.

    `closed_days`: a day's papers are asked for once it is over. `holidays`: days without papers, beside the known ones.
    """
    zone, patience = _ZONES.get(calendar, _ELSEWHERE)
    local = (now - patience).astimezone(zone)
    day = local.date() - _DAY if closed_days else local.date()
    while day.weekday() >= _SATURDAY or day in holidays or (calendar == Calendar.ARXIV and is_arxiv_holiday(day)):
        day -= _DAY
    return day


def is_arxiv_holiday(day: date) -> bool:
    """Whether arXiv may announce nothing on this day. Papers that come all the same are no fault."""
    return day in _holidays(day.year)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    """The year's public holidays in the United States, as they are kept, and the days around Christmas."""
    fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 24), (12, 25), (12, 26), (12, 31)]
    kept = {_keep(date(year, month, day)) for month, day in fixed} | {_keep(date(year + 1, 1, 1))}
    # By month, weekday from Monday, and which of them.
    kept |= {_nth(year, *rule) for rule in [(1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4)]}
    thanksgiving, last_of_may = _nth(year, 11, 3, 4), _nth(year, 6, 0, 1) - 7 * _DAY
    return frozenset(kept | {thanksgiving + _DAY, last_of_may})


def _keep(day: date) -> date:
    """The working day on which a holiday at a weekend is kept."""
    return day + _DAY * {5: -1, 6: 1}.get(day.weekday(), 0)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + _DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))
