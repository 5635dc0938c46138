"""The way out: at once, for good, and the same however often it is asked for."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from subscriptions.history import record
from subscriptions.marks import ConsentEvent
from subscriptions.models import Notice, Subscriber
from subscriptions.signup import owe_notice


def leave(*, subscriber_id: int, now: datetime, say_goodbye: bool = False) -> bool:
    """Unsubscribe a person. True: the row says so, since now or since before; False: there is no such row.

    `say_goodbye` owes a last mail to someone who left just now.
    """
    with transaction.atomic():
        people = Subscriber.objects.filter(pk=subscriber_id)
        changed = people.exclude(state=Subscriber.State.LEFT).update(
            state=Subscriber.State.LEFT, left_at=now, next_due_at=None, updated_at=now
        )
        person = people.first()
        if person is not None and changed:
            record(subscriber_id=person.pk, kind=ConsentEvent.Kind.LEFT, now=now)
            if say_goodbye:
                owe_notice(person, Notice.Kind.GOODBYE, now=now)
    return person is not None and person.state == Subscriber.State.LEFT
