"""Rows for tests: plain functions with defaults that are valid; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from digest.composing.models import Digest
from digest.papers.models import Paper, Topic
from subscriptions.addresses import address_columns
from subscriptions.links import digest_link
from subscriptions.models import Interest, Subscriber

NUMBERS = count(1)
# A Monday, after eight.
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)


def make_topic(name: str = "", **values: Any) -> Topic:
    """A topic; its slug follows from its name. A standard topic of that name is taken over."""
    name = name or f"Topic {next(NUMBERS)}"
    slug = values.pop("slug", name.lower().replace(" ", "-"))
    return Topic.objects.update_or_create(slug=slug, defaults={"name": name} | values)[0]


def make_paper(title: str = "", *, topics: tuple[Topic, ...] = (), **values: Any) -> Paper:
    """An approved paper, listed on NOW's day, filed under the given topics."""
    title = title or f"Paper {next(NUMBERS)}"
    defaults: dict[str, Any] = {"title": title, "title_key": title.casefold(), "listed_on": date(2026, 8, 3)}
    paper = Paper.objects.create(**defaults | values)
    paper.topics.set(topics)
    return paper


def make_subscriber(email: str = "", *, follows: tuple[Topic, ...] = (), **values: Any) -> Subscriber:
    """An active weekly subscriber (Mondays at 8, UTC) who is due at NOW and follows the given topics."""
    defaults: dict[str, Any] = {
        **address_columns(email or f"reader{next(NUMBERS)}@example.org"),
        "state": Subscriber.State.ACTIVE,
        "next_due_at": NOW,
        "confirmed_at": NOW,
        "consent_at": NOW,
        "consent_source": "test",
        "created_at": datetime(2026, 7, 1, tzinfo=UTC),
    }
    subscriber = Subscriber.objects.create(**defaults | values)
    Interest.objects.bulk_create(
        Interest(subscriber=subscriber, kind=Interest.Kind.TOPIC, topic=topic) for topic in follows
    )
    return subscriber


def make_digest(
    subscriber: Subscriber, *papers: Paper, reasons: Iterable[dict[str, Any]] = (), **values: Any
) -> Digest:
    """A reader's digest of NOW's week with these papers, each for the same reasons."""
    defaults: dict[str, Any] = {
        "period": "2026-W32",
        "state": Digest.State.ACCEPTED,
        "first_day": date(2026, 7, 27),
        "last_day": date(2026, 8, 3),
        "slot_at": NOW,
        "composed_at": NOW,
        "entries": [{"paper": paper.pk, "score": 1.0, "reasons": list(reasons)} for paper in papers],
    }
    return Digest.objects.create(subscriber=subscriber, **defaults | values)


def path_in(digest: Digest, rest: str = "") -> str:
    """Where a link of this digest leads on the site."""
    link = digest_link(subscriber_id=digest.subscriber_id, period=digest.period)
    return f"/{link.split('/', 3)[3]}/{rest}"
