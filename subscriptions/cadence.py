"""When a digest is due: pure arithmetic on rhythms, local days and periods. Reads no clock, no database.

A slot is the UTC moment of a reader's own weekday and hour. Where clocks jump over that hour the
slot is the first moment after the gap; where it comes twice, the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from subscriptions.models import Cadence, Weekday

DAY = timedelta(days=1)
DAYS_A_WEEK = 7
# Two months and a day: the longest way to a neighbouring slot of any rhythm.
LONGEST_GAP = 63


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, on which weekday, at which local hour. A monthly digest comes on the month's first such weekday."""

    cadence: str
    weekday: int
    hour: int
    timezone: str

    def falls_on(self, day: date) -> bool:
        """Whether this local day has a slot."""
        match self.cadence:
            case Cadence.DAILY:
                return True
            case Cadence.WEEKDAYS:
                return day.weekday() <= Weekday.FRIDAY
            case Cadence.WEEKLY:
                return day.weekday() == self.weekday
            case _:
                return day.weekday() == self.weekday and day.day <= DAYS_A_WEEK


def next_slot(rhythm: Rhythm, *, after: datetime) -> datetime:
    """The first slot later than a moment, in UTC."""
    return next(slot for slot in _slots(rhythm, near=after, step=DAY) if slot > after)


def latest_slot(rhythm: Rhythm, *, now: datetime) -> datetime:
    """The last slot at or before a moment, in UTC."""
    return next(slot for slot in _slots(rhythm, near=now, step=-DAY) if slot <= now)


def local_day(slot: datetime, rhythm: Rhythm) -> date:
    """The reader's calendar day of a slot."""
    return slot.astimezone(ZoneInfo(rhythm.timezone)).date()


def name_period(cadence: str, day: date) -> str:
    """The local day, ISO week or month that a slot on this day is for: 2026-08-03, 2026-W32, 2026-08."""
    match cadence:
        case Cadence.WEEKLY:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Cadence.MONTHLY:
            return f"{day:%Y-%m}"
        case _:
            return f"{day:%Y-%m-%d}"


def window_of(rhythm: Rhythm, slot: datetime) -> tuple[date, date]:
    """The listing days a slot's digest draws from: since the slot before it, both days included.

    Both ends are shared with the neighbours, since a listing day is rarely complete at the
    reader's hour; that no paper comes twice is the reader's history's business.
    """
    previous = latest_slot(rhythm, now=slot - timedelta(microseconds=1))
    return local_day(previous, rhythm), local_day(slot, rhythm)


def describe(rhythm: Rhythm) -> str:
    """The rhythm in words: "every Monday at 08:00, Europe/Berlin"."""
    day = Weekday(rhythm.weekday).label
    how_often = {
        Cadence.DAILY: "every day",
        Cadence.WEEKDAYS: "every weekday",
        Cadence.WEEKLY: f"every {day}",
        Cadence.MONTHLY: f"on the first {day} of the month",
    }[Cadence(rhythm.cadence)]
    return f"{how_often} at {rhythm.hour:02}:00, {rhythm.timezone}"


def _slots(rhythm: Rhythm, *, near: datetime, step: timedelta) -> Iterator[datetime]:
    """Slots in one direction, starting a local day on the other side of `near`."""
    zone = ZoneInfo(rhythm.timezone)
    day = near.astimezone(zone).date() - step
    for _ in range(LONGEST_GAP):
        if rhythm.falls_on(day):
            yield _instant(datetime.combine(day, time(rhythm.hour)), zone)
        day += step


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """A wall clock's moment in UTC; inside a gap, the moment the gap ends."""
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    # The two readings of a wall time inside a gap lie on both sides of the jump: close in on it.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = late.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)
