"""From who is due to planned digests: the first step of the row that moves to the right."""

from __future__ import annotations

import math
import time
from datetime import datetime

from django.db import transaction

from digest.composing.models import Digest, Edition
from digest.composing.setwise import insert_copies
from subscriptions.due import DueGroup, claim_due

BATCH = 1_000


def open_due(*, now: datetime, seconds: float = math.inf) -> int:
    """Plan a digest for everyone who is due, as far as time goes; return how many subscribers were moved on.

    Each batch is one transaction: moving a subscriber to the next slot and writing down what they
    are owed for this one happen together or not at all.
    """
    until, total = time.monotonic() + seconds, 0
    while moved := _open_batch(now):
        total += moved
        if time.monotonic() >= until:
            break
    return total


def _open_batch(now: datetime) -> int:
    with transaction.atomic():
        moved, groups = claim_due(now=now, limit=BATCH)
        editions = ensure_editions({group.period for group in groups})
        for group in groups:
            # A digest that exists already for this person and period stays as it is.
            insert_copies(_plan(group, editions[group.period], now), key="subscriber", values=group.subscriber_ids)
    return moved


def ensure_editions(periods: set[str]) -> dict[str, int]:
    """The editions these digests belong to, by period; where curators made none, an empty draft.

    So every digest belongs to an edition, and an edition's numbers tell about all its readers.
    """
    drafts = [Edition(kind=Edition.Kind.of(period), period=period) for period in sorted(periods)]
    Edition.objects.bulk_create(drafts, ignore_conflicts=True)
    return dict(Edition.objects.filter(period__in=periods).values_list("period", "id"))


def _plan(group: DueGroup, edition_id: int, now: datetime) -> Digest:
    """What the digests of a group have in common: all but their readers."""
    return Digest(
        period=group.period,
        edition_id=edition_id,
        state=Digest.State.SKIPPED if group.missed else Digest.State.PLANNED,
        error="Its hour passed while nothing ran, too long ago to catch up." if group.missed else "",
        settled_at=now if group.missed else None,
        first_day=group.first_day,
        last_day=group.last_day,
        looks_back=group.looks_back,
        slot_at=group.slot_at,
        planned_at=now,
    )
