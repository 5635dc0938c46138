"""The day, ISO week or month that a listing page shows, and its name in an address. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.urls import reverse

# Years with four digits that a listing of papers can mean. Keeps date arithmetic inside its range.
FIRST_YEAR, LAST_YEAR = 1900, 2199
MONTHS = 12


class Kind(StrEnum):
    """How long a span is. The value is also the name of the page's address."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


SHAPES = {
    Kind.DAY: ("2026-08-03", re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)),
    Kind.WEEK: ("2026-W32", re.compile(r"(\d{4})-[Ww](\d{1,2})", re.ASCII)),
    Kind.MONTH: ("2026-08", re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A run of days, both ends included."""

    kind: Kind
    first: date
    last: date

    @property
    def name(self) -> str:
        """2026-08-03, 2026-W32 or 2026-08."""
        if self.kind is Kind.DAY:
            return self.first.isoformat()
        if self.kind is Kind.MONTH:
            return self.first.isoformat()[:7]
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def title(self) -> str:
        """The span in words for a heading: "Week 32, 3 to 9 August 2026"."""
        if self.kind is Kind.DAY:
            return name_day(self.first)
        if self.kind is Kind.MONTH:
            return f"{self.first:%B %Y}"
        return f"Week {self.first.isocalendar().week}, {name_range(self.first, self.last)}"

    @property
    def phrase(self) -> str:
        """The span in words for the middle of a sentence: "week 32, 3 to 9 August 2026"."""
        return self.title[0].lower() + self.title[1:] if self.kind is Kind.WEEK else self.title

    @property
    def short_title(self) -> str:
        """The span in few words, for links to neighbours: "3 Aug", "Week 32", "August"."""
        if self.kind is Kind.DAY:
            return f"{self.first.day} {self.first:%b}"
        return f"{self.first:%B}" if self.kind is Kind.MONTH else f"Week {self.first.isocalendar().week}"

    @property
    def url(self) -> str:
        """The path of its page."""
        return reverse(self.kind.value, args=[self.name])


class BadSpanError(ValueError):
    """A name that is no span. Says why to a person and, where it can, what was probably meant."""

    def __init__(self, reason: str, suggestion: Span | None = None) -> None:
        super().__init__(reason)
        self.suggestion = suggestion


def span_of(kind: Kind, day: date) -> Span:
    """The span of this kind that holds a day."""
    if kind is Kind.DAY:
        return Span(kind, day, day)
    if kind is Kind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Span(kind, monday, monday + timedelta(days=6))
    return Span(kind, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def read_span(kind: Kind, name: str) -> Span:
    """The span of a name. BadSpanError where there is none, with the nearest real one where that is plain."""
    example, shape = SHAPES[kind]
    found = shape.fullmatch(name)
    if found is None:
        raise BadSpanError(f"A {kind} is written like {example}.")
    year, *rest = (int(number) for number in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadSpanError(f"The listing knows the years {FIRST_YEAR} to {LAST_YEAR}.")
    span = span_of(kind, _nearest_date(kind, year, rest))
    if span.name != name:
        raise BadSpanError(_explain(kind, year, rest, example), span)
    return span


def name_day(day: date) -> str:
    """A day in words: "Monday 3 August 2026"."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def name_range(first: date, last: date) -> str:
    """Two days in words, without saying twice what they share: "27 July to 2 August 2026"."""
    if first.year != last.year:
        return f"{first.day} {first:%B} {first.year} to {last.day} {last:%B} {last.year}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B} {last.year}"


def _nearest_date(kind: Kind, year: int, rest: list[int]) -> date:
    if kind is Kind.WEEK:
        return date.fromisocalendar(year, min(max(rest[0], 1), weeks_in(year)), 1)
    month = min(max(rest[0], 1), MONTHS)
    day = rest[1] if kind is Kind.DAY else 1
    return date(year, month, min(max(day, 1), monthrange(year, month)[1]))


def weeks_in(year: int) -> int:
    """52 or 53: the week of 28 December is always the year's last."""
    return date(year, 12, 28).isocalendar().week


def _explain(kind: Kind, year: int, rest: list[int], example: str) -> str:
    if kind is Kind.WEEK and not 1 <= rest[0] <= weeks_in(year):
        return f"The year {year} has the weeks 1 to {weeks_in(year)}."
    if kind is not Kind.WEEK and not 1 <= rest[0] <= MONTHS:
        return f"There is no month {rest[0]}."
    if kind is Kind.DAY and not 1 <= rest[1] <= monthrange(year, rest[0])[1]:
        return f"{date(year, rest[0], 1):%B} {year} has {monthrange(year, rest[0])[1]} days."
    return f"A {kind} is written like {example}."
