"""Papers for the pages to show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.text import slugify

from digest.papers.models import Paper, Topic
from digest.papers.votes import trend_of

FRIDAY = date(2026, 7, 31)


def make_paper(title: str = "Slow Grippers", *, listed_on: date = FRIDAY, votes: int = 3, **fields: Any) -> Paper:
    """One published paper."""
    trend = trend_of(votes=votes, listed_on=listed_on)
    return Paper.objects.create(
        title=title, title_key=title.lower()[:200], listed_on=listed_on, votes=votes, trend=trend, **fields
    )


def make_topic(name: str = "Slow Robots") -> Topic:
    """One topic that visitors may follow, next to the standard ones."""
    return Topic.objects.create(slug=slugify(name), name=name)
