"""From who is due to planned digests: the first step of the row that moves to the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from digest.composing.models import Digest
from subscriptions.due import DueGroup, claim_due

BATCH = 1_000


def open_due(*, now: datetime) -> int:
    """Plan a digest for everyone who is due; return how many subscribers were moved on.

    Each batch is one transaction: moving a subscriber to the next slot and writing down what they
    are owed for this one happen together or not at all.
    """
    total = 0
    while moved := _open_batch(now):
        total += moved
    return total


def _open_batch(now: datetime) -> int:
    with transaction.atomic():
        moved, groups = claim_due(now=now, limit=BATCH)
        rows = [row for group in groups for row in _plan(group, now)]
        # A digest that exists already for this person and period stays as it is.
        Digest.objects.bulk_create(rows, ignore_conflicts=True)
    return moved


def _plan(group: DueGroup, now: datetime) -> Iterator[Digest]:
    state = Digest.State.SKIPPED if group.missed else Digest.State.PLANNED
    error = "Its hour passed while nothing ran, too long ago to catch up." if group.missed else ""
    for subscriber_id in group.subscriber_ids:
        yield Digest(
            subscriber_id=subscriber_id,
            period=group.period,
            state=state,
            error=error,
            settled_at=now if group.missed else None,
            first_day=group.first_day,
            last_day=group.last_day,
            slot_at=group.slot_at,
            planned_at=now,
        )
