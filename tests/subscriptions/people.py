"""Makes subscribers and topics for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from digest.papers.models import Topic
from subscriptions.addresses import address_columns
from subscriptions.forms import make_stamp
from subscriptions.models import Subscriber

# A Monday, one hour after the default slot.
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def make_person(email: str = "ada@example.org", **columns: Any) -> Subscriber:
    """A pending subscriber, or as the columns say."""
    return Subscriber.objects.create(**address_columns(email), **columns)


def make_reader(email: str = "ada@example.org", **columns: Any) -> Subscriber:
    """An active subscriber."""
    defaults = {"state": Subscriber.State.ACTIVE, "consent_at": NOW, "next_due_at": NOW + 7 * DAY}
    return make_person(email, **(defaults | columns))


def make_topics() -> list[Topic]:
    """Two topics in use and one that is not, in place of the standard set."""
    Topic.objects.all().delete()
    names = [("robotics", "Robotics", True), ("vision", "Computer vision", True), ("old", "Old things", False)]
    return [Topic.objects.create(slug=slug, name=name, is_active=used) for slug, name, used in names]


def filled_form(**fields: Any) -> dict[str, Any]:
    """What a browser posts from the signup form, a while after it was shown."""
    return {"email": "ada@example.org", "stamp": make_stamp(now=datetime.now(UTC) - MINUTE), **fields}
