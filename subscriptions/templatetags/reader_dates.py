"""Filters that write dates the way a reader chose."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from subscriptions.dates import write_day, write_moment

register = template.Library()


@register.filter
def in_language(day: date | None, language: str) -> str:
    """A day."""
    return write_day(day, language) if day else ""


@register.filter
def weekday_in(day: date | None, language: str) -> str:
    """A day with its weekday."""
    return write_day(day, language, weekday=True) if day else ""


@register.filter
def moment_in(moment: datetime | None, language: str) -> str:
    """A moment, in UTC."""
    return write_moment(moment, language) if moment else ""
