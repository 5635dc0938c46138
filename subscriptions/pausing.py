"""A rest from digests without leaving: nothing is due while it lasts; afterwards one digest looks back over it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from subscriptions.cadence import local_day, next_slot
from subscriptions.choices import rhythm_of
from subscriptions.history import record
from subscriptions.marks import ConsentEvent
from subscriptions.models import Subscriber

LONGEST_PAUSE = timedelta(days=366)
BATCH = 500
# A reader's own midnight is never further than this from midnight UTC.
WIDEST_ZONE = timedelta(hours=14)


def pause(*, subscriber_id: int, now: datetime, until: date | None = None) -> bool:
    """Stop an active reader's digests until a day of theirs, or until they resume.

    True: the row says so, since now or since before; a paused reader's day is changed.
    """
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None or person.state not in {Subscriber.State.ACTIVE, Subscriber.State.PAUSED}:
            return False
        is_new = person.state == Subscriber.State.ACTIVE
        if is_new:
            person.state, person.next_due_at = Subscriber.State.PAUSED, None
            person.rested_from = person.rested_from or local_day(now, rhythm_of(person))
        if is_new or person.paused_until != until:
            record(subscriber_id=person.pk, kind=ConsentEvent.Kind.PAUSED, now=now, detail=_until(until))
        person.paused_until = until
        person.save(update_fields=["state", "next_due_at", "rested_from", "paused_until", "updated_at"])
    return True


def resume(*, subscriber_id: int, now: datetime) -> bool:
    """Start a paused reader's digests again, from the next slot on. True: the reader is active."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return False
        if person.state == Subscriber.State.PAUSED:
            person.state, person.paused_until = Subscriber.State.ACTIVE, None
            person.next_due_at = next_slot(rhythm_of(person), after=now)
            person.save(update_fields=["state", "paused_until", "next_due_at", "updated_at"])
            record(subscriber_id=person.pk, kind=ConsentEvent.Kind.RESUMED, now=now)
    return person.state == Subscriber.State.ACTIVE


def resume_rested(*, now: datetime) -> int:
    """Resume those whose last day of rest is over where they live; return how many."""
    ending = Subscriber.objects.filter(
        state=Subscriber.State.PAUSED, paused_until__lte=(now + WIDEST_ZONE).date()
    ).order_by("paused_until", "id")
    return sum(resume(subscriber_id=person.pk, now=now) for person in ending[:BATCH] if _is_over(person, now))


def _is_over(person: Subscriber, now: datetime) -> bool:
    assert person.paused_until is not None
    return now >= datetime.combine(person.paused_until, time(), ZoneInfo(person.timezone))


def _until(day: date | None) -> str:
    return f"until {day.isoformat()}" if day else "until resumed"
