"""Finds work that nobody does: from the database alone, whatever became of the broker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from digest.composing.models import Digest
from digest.delivery.ledger import expire_leases, sendable

RANGE = 1_000


def find_work(*, now: datetime) -> Iterator[tuple[int, int]]:
    """Ranges of digest ids, both ends included, that hold digests to compose or to send.

    Offering a range twice is harmless: every step takes only rows that still wait for it.
    """
    expire_leases(now=now)
    waiting = Digest.objects.filter(Q(state=Digest.State.PLANNED) | sendable(now)).order_by("id")
    batch: list[int] = []
    for digest_id in waiting.values_list("id", flat=True).iterator(chunk_size=RANGE):
        batch.append(digest_id)
        if len(batch) == RANGE:
            yield batch[0], batch[-1]
            batch = []
    if batch:
        yield batch[0], batch[-1]
