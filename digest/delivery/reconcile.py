"""Finds work that nobody does: from the database alone, whatever became of the broker."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice, pairwise

from django.db import DataError

from digest.composing.models import Digest
from digest.composing.unapproved import may_compose, skip_unapproved
from digest.delivery.brakes import apply_brakes, start_canaries
from digest.delivery.eligibility import ready
from digest.delivery.journal import find_dead_claims
from digest.delivery.ledger import expire_leases, recover, skip_cancelled

logger = logging.getLogger(__name__)

# What a task looks up is the same for all of its readers: the more they are, the less it costs each.
RANGE = 2_000
# Of fewer each worker shall have its part, unless they are so few that they are gone in a moment.
PARTS, FEWEST = 8, 250


def find_work(*, now: datetime) -> Iterator[tuple[int, int]]:
    """Ranges of digest ids, both ends included, that hold digests to compose or to send.

    Offering a range twice is harmless: every step takes only rows that still wait for it.
    """
    for dead in find_dead_claims():
        try:
            recover(dead, now=now)
        except DataError:
            # Then its lease settles it; the others must not wait for it.
            logger.exception("The notes of claim %s cannot be recorded.", dead.claim)
    expire_leases(now=now)
    start_canaries(now=now)
    apply_brakes(now=now)
    skip_cancelled(now=now)
    skip_unapproved(now=now)
    waiting = Digest.objects.filter(may_compose(now=now) | ready(now)).order_by("id")
    yield from cut_ranges(waiting.values_list("id", flat=True).iterator(chunk_size=RANGE))


def cut_ranges(ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ranges of ids in their order, both ends included: of `RANGE` each, and of what is left equal parts.

    The first is half as large. Else workers that begin together would all compose, and the mail server wait
    for them, and then all send.
    """
    waiting = iter(ids)
    is_first = True
    while ahead := list(islice(waiting, PARTS * RANGE)):
        size = max(FEWEST, -(-len(ahead) // PARTS))
        start = size // 2 if is_first and size < len(ahead) else size
        for first, end in pairwise([0, *range(start, len(ahead), size), len(ahead)]):
            yield ahead[first], ahead[end - 1]
        is_first = False
