"""Another address for the same subscription: both mailboxes confirm, in any order, and then it happens once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from django.db import IntegrityError, transaction

from subscriptions.addresses import address_columns, address_key, mailbox_key
from subscriptions.history import record
from subscriptions.marks import AddressChange, ConsentEvent
from subscriptions.models import Notice, Subscriber, Suppression
from subscriptions.signup import SUBSCRIBED, owe_notice
from subscriptions.suppression import is_suppressed, not_suppressed
from subscriptions.tokens import CONFIRM_LIFETIME

MOST_A_DAY = 3
BETWEEN = timedelta(minutes=10)
DAY = timedelta(days=1)


class Side(StrEnum):
    """Which mailbox a confirmation comes from."""

    OLD = "old"
    NEW = "new"


class Move(Enum):
    """What came of a confirmation."""

    HALF = auto()
    DONE = auto()
    VOID = auto()
    TAKEN = auto()


def request_move(*, person: Subscriber, address: str, now: datetime) -> None:
    """Owe both mailboxes a mail. Raises `ValueError` with a sentence for the reader.

    What is known of the new address changes nothing about the answer: who is suppressed, or was
    asked too often, gets no mail, and the change never becomes complete.
    """
    if address_key(address) == person.email_key:
        raise ValueError("Your digest goes to this address already.")
    reachable = Subscriber.objects.filter(not_suppressed(scope=Suppression.Scope.ALL))
    if not reachable.filter(pk=person.pk).exists():
        raise ValueError("We may not write to your present address any more. Please subscribe anew with the other one.")
    if person.address_changes.filter(created_at__gt=now - DAY).count() >= MOST_A_DAY:
        raise ValueError("You asked for this several times today. Please come back tomorrow.")
    key = mailbox_key(address)
    with transaction.atomic():
        may_mail = not is_suppressed(address=address) and _has_room(key, now)
        person.address_changes.filter(done_at=None, void_at=None).update(void_at=now)
        change = AddressChange.objects.create(subscriber=person, address=address, mailbox_key=key, created_at=now)
        for kind in [Notice.Kind.MOVING, *([Notice.Kind.ADDRESS] if may_mail else [])]:
            Notice.objects.create(subscriber=person, change=change, kind=kind, due_at=now, created_at=now)


def open_move(person: Subscriber, *, now: datetime) -> AddressChange | None:
    """The change that still waits for a confirmation, if its links work."""
    waiting = person.address_changes.filter(done_at=None, void_at=None, created_at__gt=now - CONFIRM_LIFETIME)
    return waiting.first()


def confirm_move(*, change_id: int, side: Side, now: datetime) -> Move:
    """Take one mailbox's word; with both, move the subscription and revoke the links mailed to the old address."""
    try:
        with transaction.atomic():
            return _confirm(change_id, side, now)
    except IntegrityError:
        # Somebody signed up with the new address in this very moment.
        return Move.TAKEN


def _confirm(change_id: int, side: Side, now: datetime) -> Move:
    change = AddressChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None or change.void_at:
        return Move.VOID
    if change.done_at:
        return Move.DONE
    person = Subscriber.objects.select_for_update().get(pk=change.subscriber_id)
    if person.state not in SUBSCRIBED or is_suppressed(address=change.address):
        return _give_up(change, Move.VOID, now)
    if side is Side.OLD:
        change.old_confirmed_at = change.old_confirmed_at or now
    else:
        change.new_confirmed_at = change.new_confirmed_at or now
    change.save()
    return _move(person, change, now) if change.old_confirmed_at and change.new_confirmed_at else Move.HALF


def _move(person: Subscriber, change: AddressChange, now: datetime) -> Move:
    columns = address_columns(change.address)
    other = Subscriber.objects.select_for_update().filter(email_key=columns["email_key"]).first()
    if other is not None and other.state in SUBSCRIBED:
        return _give_up(change, Move.TAKEN, now)
    if other is not None:
        # A signup never confirmed, or one long left; its mailbox has just spoken.
        other.delete()
    for name, value in columns.items():
        setattr(person, name, value)
    person.token_version += 1
    person.save()
    change.done_at = now
    change.save(update_fields=["done_at"])
    record(subscriber_id=person.pk, kind=ConsentEvent.Kind.MOVED, now=now, detail="confirmed by both addresses")
    owe_notice(person, Notice.Kind.MANAGE, now=now)
    return Move.DONE


def _give_up(change: AddressChange, outcome: Move, now: datetime) -> Move:
    change.void_at = now
    change.save(update_fields=["void_at"])
    return outcome


def _has_room(key: str, now: datetime) -> bool:
    recent = AddressChange.objects.filter(mailbox_key=key)
    return (
        not recent.filter(created_at__gt=now - BETWEEN).exists()
        and recent.filter(created_at__gt=now - DAY).count() < MOST_A_DAY
    )
