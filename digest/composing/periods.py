"""Periods as people write them: a day, an ISO week or a month, checked and turned into days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from digest.composing.models import Edition

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
Kind = Edition.Kind

SPELLING = {
    Kind.DAY: "A day is written like 2026-08-03.",
    Kind.WEEK: "A week is written like 2026-W32: the year, a W and the ISO week, 01 to 52 or 53.",
    Kind.MONTH: "A month is written like 2026-08.",
}


def clean_period(text: str, *, kind: str) -> str:
    """The period as it is stored. Raises `ValueError` with a sentence for the person who typed it."""
    spelling = SPELLING[Kind(kind)]
    tidy = text.strip().upper()
    try:
        first, _ = days_of(tidy)
    except ValueError as problem:
        raise ValueError(f"{spelling} There is no “{text.strip()}”.") from problem
    if Kind.of(tidy) != kind:
        raise ValueError(spelling)
    return name_of(first, kind=kind)


def name_of(day: date, *, kind: str) -> str:
    """The name of the period of a kind that holds a day."""
    if kind == Kind.DAY:
        return f"{day:%Y-%m-%d}"
    if kind == Kind.MONTH:
        return f"{day:%Y-%m}"
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def days_of(period: str) -> tuple[date, date]:
    """The first and last day of a period. Raises `ValueError` where there is no such period."""
    if found := re.fullmatch(r"(2\d{3})-W(\d{1,2})", period, re.ASCII):
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return first, first + WEEK - DAY
    if found := re.fullmatch(r"(2\d{3})-(\d{1,2})(?:-(\d{1,2}))?", period, re.ASCII):
        year, month = int(found[1]), int(found[2])
        if found[3]:
            day = date(year, month, int(found[3]))
            return day, day
        first = date(year, month, 1)
        return first, _next_month(first) - DAY
    raise ValueError("Neither a day, nor an ISO week, nor a month.")


def listing_days(period: str) -> tuple[date, date]:
    """The listing days its readers' digests draw from: this period and the one before it, both ends included.

    A digest for a week reaches most readers on its Monday and tells of the days before.
    """
    first, last = days_of(period)
    kind = Kind.of(period)
    if kind == Kind.DAY:
        # Monday's digest also tells of Friday and the weekend.
        return first - (DAY * 3 if first.isoweekday() == 1 else DAY), last
    return days_of(name_of(first - DAY, kind=kind))[0], last


def coming_periods(today: date, *, kind: str) -> Iterator[str]:
    """The next period of a kind after today's, then the ones that follow it, without end."""
    _, last = days_of(name_of(today, kind=kind))
    while True:
        period = name_of(last + DAY, kind=kind)
        yield period
        _, last = days_of(period)


def describe_period(period: str) -> str:
    """A period in words: "3 August 2026", "Week 32 of 2026", "August 2026"."""
    first, _ = days_of(period)
    if Kind.of(period) == Kind.DAY:
        return f"{first.day} {first:%B %Y}"
    if Kind.of(period) == Kind.MONTH:
        return f"{first:%B %Y}"
    year, week, _ = first.isocalendar()
    return f"Week {week} of {year}"


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
