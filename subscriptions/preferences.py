"""A reader's own page: asking for its link, and keeping what was changed there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from subscriptions.addresses import address_key
from subscriptions.cadence import describe
from subscriptions.choices import Choices, rhythm_of, store_choices
from subscriptions.history import record
from subscriptions.marks import ConsentEvent
from subscriptions.models import Interest, Layout, Notice, Subscriber
from subscriptions.signup import SUBSCRIBED, owe_notice
from subscriptions.suppression import is_suppressed


def request_link(*, address: str, now: datetime) -> None:
    """Owe a subscriber the link to their page; one not confirmed yet gets the confirmation again.

    Tells the caller nothing about the address; unknown, gone and suppressed ones get no mail.
    """
    if is_suppressed(address=address):
        return
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(email_key=address_key(address)).first()
        if person is None or person.state == Subscriber.State.LEFT:
            return
        owe_notice(person, Notice.Kind.MANAGE if person.state in SUBSCRIBED else Notice.Kind.CONFIRM, now=now)


def save_preferences(*, subscriber_id: int, choices: Choices, now: datetime) -> bool:
    """Keep a reader's choices. False: the person is gone or has left, and nothing was changed."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None or person.state == Subscriber.State.LEFT:
            return False
        store_choices(person, choices, now=now)
        record(
            subscriber_id=person.pk,
            kind=ConsentEvent.Kind.CHANGED,
            now=now,
            detail=describe(rhythm_of(person)),
        )
    return True


def describe_preferences(*, subscriber_id: int) -> str:
    """What the database now holds for this reader, in a sentence."""
    person = Subscriber.objects.get(pk=subscriber_id)
    kinds = list(person.interests.values_list("kind", "weight"))
    topics = sum(kind == Interest.Kind.TOPIC for kind, _ in kinds)
    followed = sum(kind == Interest.Kind.KEYWORD and weight > 0 for kind, weight in kinds)
    muted = sum(kind == Interest.Kind.KEYWORD and weight < 0 for kind, weight in kinds)
    counts = [_count(topics, "topic") if topics else "all topics", _count(followed, "keyword")]
    counts += [f"{muted} muted"] if muted else []
    return (
        f"Saved: {', '.join(counts)}, up to {_count(person.paper_limit, _thing(person))} {describe(rhythm_of(person))}."
    )


def _thing(person: Subscriber) -> str:
    return "compact paper" if person.layout == Layout.COMPACT else "paper"


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
