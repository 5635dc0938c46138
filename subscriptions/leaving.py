"""The way out: at once, for good, and the same however often it is asked for."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from subscriptions.history import record
from subscriptions.marks import ConsentEvent
from subscriptions.models import Notice, Subscriber, Suppression
from subscriptions.signup import owe_notice
from subscriptions.suppression import is_suppressed, suppress


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


def never_write(*, subscriber_id: int, now: datetime) -> bool:
    """Forbid us any mail to a person's address. What an unconfirmed signup left goes too. True: it is forbidden."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return False
        scope, reason = Suppression.Scope.ALL, Suppression.Reason.NEVER
        suppress(address=person.email, scope=scope, reason=reason, note=f"{now:%Y-%m-%d}")
        if person.state == Subscriber.State.PENDING:
            person.delete()
        else:
            leave(subscriber_id=person.pk, now=now)
    return is_suppressed(address=person.email)
