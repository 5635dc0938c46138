"""From composed to handed over: claims a few digests at a time, offers each once, records what happened."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from digest.composing.models import Digest
from digest.composing.presentation import Book, open_book, present_digest
from digest.delivery import ledger
from digest.delivery.message import build_message
from digest.delivery.transport.lanes import open_lane
from digest.delivery.transport.outcome import Lane, Outcome
from digest.rendering.render import render_digest

logger = logging.getLogger(__name__)

# So many hand-overs are recorded by one statement, and so many can become unknown by one kill.
CLAIM_SIZE = 50
# Stop claiming after this long; what is left is found again from the database.
TASK_BUDGET = timedelta(minutes=2)


def send_range(*, first_id: int, last_id: int, now: datetime) -> Counter[str]:
    """Hand over the composed digests with ids in a range; return how many came to which state."""
    started = time.monotonic()
    result: Counter[str] = Counter()
    result[Digest.State.SKIPPED] = ledger.skip_unwanted(first_id=first_id, last_id=last_id, now=now)
    lane = open_lane()
    try:
        while (elapsed := timedelta(seconds=time.monotonic() - started)) < TASK_BUDGET:
            moment = now + elapsed
            digests = ledger.claim(first_id=first_id, last_id=last_id, now=moment, limit=CLAIM_SIZE)
            if not digests:
                break
            result += _send_claimed(digests, lane, moment)
    finally:
        lane.close()
    return +result


def _send_claimed(digests: list[Digest], lane: Lane, now: datetime) -> Counter[str]:
    book = open_book(digests)
    outcomes = [(digest, _send_one(digest, book, lane)) for digest in digests]
    ledger.record(outcomes, now=now)
    return Counter(str(outcome.state) for _, outcome in outcomes)


def _send_one(digest: Digest, book: Book, lane: Lane) -> Outcome:
    """Build and offer one digest. Whatever is wrong with it must not stop the others."""
    try:
        letter = present_digest(digest, book)
        message = build_message(digest=digest, mail=render_digest(letter), leave_url=letter.leave_url)
    except Exception as error:
        logger.exception("Digest %s could not be built.", digest.pk)
        return Outcome(Digest.State.REFUSED, f"It could not be built: {type(error).__name__}: {error}")
    return lane.hand_over(message)
