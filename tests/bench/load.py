"""Fills a fleet's database for `tests.bench.scale`: papers, an edition, and readers whose hour has come."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

# The tests' own environment would take the place of the fleet's.
FLEETS = dict(os.environ)
from tests.bench import world  # noqa: E402  # see above

os.environ.update(FLEETS)
os.environ["DJANGO_SETTINGS_MODULE"] = "digest.settings"

import django  # noqa: E402  # see above
from django.apps import apps  # noqa: E402  # see above
from django.utils.timezone import now  # noqa: E402  # see above


def load(readers: int) -> None:
    """Papers listed yesterday, and so many readers, due at this very hour once `next_due_at` is moved."""
    django.setup()
    topics = world.add_papers()
    moment = now()
    apps.get_model("papers", "Paper").objects.update(listed_on=moment.date() - timedelta(days=1))
    world.add_readers(topics, readers)
    subscribers = apps.get_model("subscriptions", "Subscriber").objects
    slot = moment.replace(minute=0, second=0, microsecond=0)
    later = slot + timedelta(days=7)
    subscribers.update(weekday=moment.weekday(), hour=moment.hour, timezone="UTC", next_due_at=later)
    add_edition(moment)
    world.analyze()


def add_edition(moment: datetime) -> None:
    """This week's, approved, with the curators' words and five picks."""
    year, week, _ = moment.isocalendar()
    words = {"title": "The week in brief", "intro": "Five papers that we would read *first*.", "curator_name": "Ida"}
    editions, picks = apps.get_model("composing", "Edition").objects, apps.get_model("composing", "Pick").objects
    edition = editions.create(period=f"{year}-W{week:02}", state="approved", approved_at=moment, **words)
    for place, paper in enumerate(apps.get_model("papers", "Paper").objects.order_by("id")[:5]):
        picks.create(edition=edition, paper=paper, position=place, note="It settles an old question.")


if __name__ == "__main__":
    load(int(sys.argv[1]))
