"""Who is due: moves due subscribers on to their next slot and says what each is owed now."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from subscriptions.cadence import Rhythm, latest_slot, local_day, name_period, next_slot, window_of
from subscriptions.models import Subscriber

logger = logging.getLogger(__name__)
LONGEST_LOOK_BACK = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class DueGroup:
    """Subscribers owed a digest for the same slot. `missed`: too late to send, to be recorded only.

    `looks_back`: they rested, and the window reaches back over their rest.
    """

    period: str
    slot_at: datetime
    first_day: date
    last_day: date
    subscriber_ids: tuple[int, ...]
    missed: bool
    looks_back: bool = False


def claim_due(*, now: datetime, limit: int) -> tuple[int, list[DueGroup]]:
    """Move up to `limit` due subscribers on to their next slot; return how many, and what they are owed.

    Call inside the transaction that writes down what is owed: both or neither must happen. After an
    outage only the latest slot counts, so nobody gets a burst. Two callers at once do no harm: the
    second one's conditional update finds nobody due, and a digest is unique by subscriber and period.
    """
    due = Subscriber.objects.filter(state=Subscriber.State.ACTIVE, next_due_at__lte=now).order_by("next_due_at", "id")
    rows = due.values_list("id", "created_at", "rested_from", "cadence", "weekday", "hour", "timezone")[:limit]
    by_rhythm: dict[tuple[Rhythm, date | None], list[tuple[int, datetime]]] = defaultdict(list)
    for subscriber_id, created_at, rested_from, cadence, weekday, hour, timezone in rows:
        rhythm = Rhythm(cadence, weekday, hour, known_zone(timezone, subscriber_id))
        by_rhythm[rhythm, rested_from].append((subscriber_id, created_at))
    groups = [group for key, members in by_rhythm.items() for group in _claim_rhythm(*key, members, now)]
    return sum(map(len, by_rhythm.values())), groups


def _claim_rhythm(
    rhythm: Rhythm, rested_from: date | None, members: list[tuple[int, datetime]], now: datetime
) -> list[DueGroup]:
    ids = [subscriber_id for subscriber_id, _ in members]
    due = Subscriber.objects.filter(id__in=ids, state=Subscriber.State.ACTIVE, next_due_at__lte=now)
    due.update(next_due_at=next_slot(rhythm, after=now), rested_from=None)
    slot = latest_slot(rhythm, now=now)
    # Who came after the slot starts with the next one. Rows made after `now` belong to a rehearsal
    # of the past and are judged by its clock.
    owed = tuple(subscriber_id for subscriber_id, created_at in members if not slot < created_at <= now)
    if not owed:
        return []
    usual_first_day, last_day = window_of(rhythm, slot)
    first_day = look_back(usual_first_day, last_day, rested_from=rested_from)
    return [
        DueGroup(
            period=name_period(rhythm.cadence, local_day(slot, rhythm)),
            slot_at=slot,
            first_day=first_day,
            last_day=last_day,
            subscriber_ids=owed,
            missed=now - slot > settings.CATCH_UP[rhythm.cadence],
            looks_back=first_day < usual_first_day,
        )
    ]


def look_back(first_day: date, last_day: date, *, rested_from: date | None) -> date:
    """The first day of a window: after a rest, one digest looks back over it, though not endlessly."""
    return min(first_day, max(rested_from, last_day - LONGEST_LOOK_BACK)) if rested_from else first_day


def known_zone(name: str, subscriber_id: int) -> str:
    """The zone, or UTC where this machine does not know it: one odd row must not stop the others."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        logger.warning("Subscriber %s has the unknown time zone %r; using UTC.", subscriber_id, name)
        return "UTC"
    return name
