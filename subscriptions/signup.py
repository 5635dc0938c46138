"""Double opt-in: a signup is stored, one mail is owed, and only a click on its button makes it count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from django.db import transaction

from subscriptions.addresses import address_columns
from subscriptions.cadence import next_slot
from subscriptions.choices import Choices, rhythm_of, store_choices
from subscriptions.history import record
from subscriptions.limits import has_room
from subscriptions.marks import ConsentEvent
from subscriptions.models import Notice, Subscriber
from subscriptions.suppression import is_suppressed
from subscriptions.taste import like_papers

# The version of the words beside the signup button; raise it when they change (_signup_form.html).
CONSENT_WORDING = 1
CONSENT_SOURCE = f"signup form, wording {CONSENT_WORDING}"
SUBSCRIBED = frozenset({Subscriber.State.ACTIVE, Subscriber.State.PAUSED})


class Confirmation(Enum):
    """What came of a click on the confirmation button."""

    CONFIRMED = auto()
    ALREADY = auto()
    LEFT = auto()
    UNKNOWN = auto()


def sign_up(*, address: str, choices: Choices, now: datetime, liked: Iterable[int] = ()) -> None:
    """Store a signup of a clean address and owe one mail. Tells the caller nothing about the address.

    Someone already subscribed gets a reminder at most; their settings stay as they are, since
    anybody may type anybody's address. `liked` are ids of papers they brought along.
    """
    if is_suppressed(address=address):
        return
    columns = address_columns(address)
    with transaction.atomic():
        person, _ = Subscriber.objects.select_for_update().get_or_create(
            email_key=columns["email_key"], defaults={**columns, "created_at": now}
        )
        if person.state in SUBSCRIBED:
            owe_notice(person, Notice.Kind.ALREADY, now=now)
            return
        person.state = Subscriber.State.PENDING
        store_choices(person, choices, now=now)
        like_papers(subscriber_id=person.pk, paper_ids=liked, now=now)
        record(subscriber_id=person.pk, kind=ConsentEvent.Kind.ASKED, now=now, detail=CONSENT_SOURCE)
        owe_notice(person, Notice.Kind.CONFIRM, now=now)


def confirm(*, subscriber_id: int, now: datetime) -> Confirmation:
    """Make a pending subscriber active, with their consent on record and their first slot set."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return Confirmation.UNKNOWN
        if person.state != Subscriber.State.PENDING:
            return Confirmation.ALREADY if person.state in SUBSCRIBED else Confirmation.LEFT
        person.state = Subscriber.State.ACTIVE
        person.confirmed_at = person.consent_at = now
        person.consent_source = CONSENT_SOURCE
        person.left_at = None
        person.next_due_at = next_slot(rhythm_of(person), after=now)
        person.rested_from = person.paused_until = None
        person.save()
        record(subscriber_id=person.pk, kind=ConsentEvent.Kind.CONFIRMED, now=now, detail=CONSENT_SOURCE)
        owe_notice(person, Notice.Kind.WELCOME, now=now)
    return Confirmation.CONFIRMED


def owe_notice(person: Subscriber, kind: Notice.Kind, *, now: datetime) -> bool:
    """Write down a mail for a worker to send, unless the mailbox has had its share of this kind."""
    if not has_room(mailbox_key=person.mailbox_key, kind=kind, now=now):
        return False
    Notice.objects.create(subscriber=person, kind=kind, due_at=now, created_at=now)
    return True
