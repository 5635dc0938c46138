"""Writes a day as a reader wants it: in one of a few languages, or as ISO 8601. Words around it stay English."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.utils import formats, translation

from subscriptions.models import DateLanguage

# English is written by hand: days before months everywhere, and no comma after the weekday.
BY_HAND = {DateLanguage.ENGLISH, DateLanguage.ISO}
# Where Django's own names begin with a capital that the language does not want inside a date.
SMALL = {DateLanguage.ITALIAN, DateLanguage.PORTUGUESE}
SHAPES = {DateLanguage.ITALIAN: "j F Y"}
# Where the date itself has no place for the weekday before it.
WEEKDAY_BEHIND = {DateLanguage.JAPANESE: "{day}({weekday})", DateLanguage.CHINESE: "{day} {weekday}"}


@lru_cache(maxsize=4_000)
def write_day(day: date, language: str = DateLanguage.ENGLISH, *, weekday: bool = False) -> str:
    """A day in words: "3 August 2026", "Monday, 3 August 2026", "3. August 2026", "2026-08-03"."""
    if language == DateLanguage.ISO:
        return f"{day:%Y-%m-%d} ({day:%a})" if weekday else f"{day:%Y-%m-%d}"
    if language in BY_HAND or language not in DateLanguage.values:
        return f"{day:%A}, {day.day} {day:%B %Y}" if weekday else f"{day.day} {day:%B %Y}"
    with translation.override(language):
        written = formats.date_format(day, SHAPES.get(DateLanguage(language), "DATE_FORMAT"))
        name = formats.date_format(day, "l")
    if language in SMALL:
        written = written.lower()
    shape = WEEKDAY_BEHIND.get(DateLanguage(language), "{weekday}, {day}")
    return shape.format(day=written, weekday=name) if weekday else written


@lru_cache(maxsize=4_000)
def write_days(first: date, last: date, language: str = DateLanguage.ENGLISH) -> str:
    """A run of days: "3 August 2026", "27 July to 3 August 2026", "27. Juli 2026 – 3. August 2026"."""
    if first == last:
        return write_day(last, language)
    if language != DateLanguage.ENGLISH:
        return f"{write_day(first, language)} – {write_day(last, language)}"
    end = write_day(last)
    if first.year != last.year:
        return f"{write_day(first)} to {end}"
    return f"{first.day} to {end}" if first.month == last.month else f"{first.day} {first:%B} to {end}"


def write_moment(moment: datetime, language: str = DateLanguage.ENGLISH) -> str:
    """A moment in UTC with its minute: "3 August 2026, 08:00 UTC"."""
    return f"{write_day(moment.date(), language)}, {moment:%H:%M} UTC"
