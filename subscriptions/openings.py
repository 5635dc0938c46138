"""Counting which papers are opened from a digest: only for readers who turned it on, and only as sums."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from digest.papers.models import Paper
from subscriptions.feedback import Said, find_burst, is_too_soon
from subscriptions.history import record
from subscriptions.marks import ConsentEvent, Opening
from subscriptions.models import Subscriber

ON, OFF = "lets us count opened papers", "opened papers are not counted"


def let_count(*, subscriber_id: int, is_on: bool, now: datetime) -> bool:
    """Turn the counting on or off; off, what was counted is forgotten. False: the person is gone or has left."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None or person.state == Subscriber.State.LEFT:
            return False
        if not is_on:
            person.openings.all().delete()
        if person.counts_clicks != is_on:
            person.counts_clicks = is_on
            person.save(update_fields=["counts_clicks", "updated_at"])
            detail = ON if is_on else OFF
            record(subscriber_id=person.pk, kind=ConsentEvent.Kind.CHANGED, now=now, detail=detail)
    return True


def note_opening(
    *, subscriber_id: int, paper_id: int, period: str, now: datetime, sent_at: datetime | None = None
) -> Said | None:
    """Keep that a reader opened a paper from a digest, once; `sent_at` is when the digest was handed over.

    None: there is no such paper, or no such reader who lets us count.
    """
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id, counts_clicks=True).first()
        if person is None or not Paper.objects.all().published().filter(pk=paper_id).exists():
            return None
        is_early = is_too_soon(sent_at=sent_at, now=now)
        fresh = {"made_by_machine": is_early, "created_at": now}
        row, is_new = person.openings.get_or_create(paper_id=paper_id, period=period, defaults=fresh)
        if row.made_by_machine and not is_new:
            # A person came after the scanner.
            Opening.objects.filter(pk=row.pk).update(**fresh)
        burst = find_burst(person.openings.all(), now=now)
        Opening.objects.filter(pk__in=burst).update(made_by_machine=True)
    return Said.DOUBTED if is_early or burst else Said.KEPT
