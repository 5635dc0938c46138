"""Lists papers by day, in an order, and finds the days that have any. Reads only."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.db.models import Max, Min

from digest.papers.models import Paper, PaperQuerySet, Topic

Order = Literal["trending", "votes", "newest"]

# Each ends in a unique column, so that equal papers keep their places from page to page.
_ORDERS: dict[Order, tuple[str, ...]] = {
    "trending": ("-trend", "-listed_on", "-id"),
    "votes": ("-votes", "-trend", "-id"),
    "newest": ("-listed_on", "-created_at", "-id"),
}


def list_papers(*, first: date, last: date, order: Order = "trending", topic: Topic | None = None) -> PaperQuerySet:
    """List published papers of these days, both included, with their topics at hand."""
    papers = Paper.objects.all().published().listed_between(first, last)
    if topic is not None:
        papers = papers.filter(topics=topic)
    return papers.order_by(*_ORDERS[order]).prefetch_related("topics")


def nearest_day(*, day: date) -> date | None:
    """Find the last day up to `day` that lists papers, else the first day after it; None for an empty catalogue."""
    before = Paper.objects.all().published().filter(listed_on__lte=day).aggregate(day=Max("listed_on"))["day"]
    return before or _first_after(day)


def day_neighbours(*, first: date, last: date) -> tuple[date | None, date | None]:
    """Find the listing days before the first and after the last of a span; None where there is none."""
    before = Paper.objects.all().published().filter(listed_on__lt=first).aggregate(day=Max("listed_on"))["day"]
    return before, _first_after(last)


def _first_after(day: date) -> date | None:
    found: date | None = (
        Paper.objects.all().published().filter(listed_on__gt=day).aggregate(day=Min("listed_on"))["day"]
    )
    return found
