"""A rest from digests without leaving: nothing is due while it lasts, and nothing is sent late."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from subscriptions.cadence import next_slot
from subscriptions.choices import rhythm_of
from subscriptions.models import Subscriber


def pause(*, subscriber_id: int, now: datetime) -> bool:
    """Stop an active reader's digests until they resume. True: the row says so, since now or since before."""
    people = Subscriber.objects.filter(pk=subscriber_id)
    people.filter(state=Subscriber.State.ACTIVE).update(state=Subscriber.State.PAUSED, next_due_at=None, updated_at=now)
    return people.filter(state=Subscriber.State.PAUSED).exists()


def resume(*, subscriber_id: int, now: datetime) -> bool:
    """Start a paused reader's digests again, from the next slot on. True: the reader is active."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return False
        if person.state == Subscriber.State.PAUSED:
            person.state = Subscriber.State.ACTIVE
            person.next_due_at = next_slot(rhythm_of(person), after=now)
            person.save(update_fields=["state", "next_due_at", "updated_at"])
    return person.state == Subscriber.State.ACTIVE
