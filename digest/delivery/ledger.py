"""The one writer of delivery states: claims digests before the network, records what became of them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Exists, F, OuterRef, Q
from subscriptions.suppression import not_suppressed

from digest.composing.models import Digest
from digest.composing.setwise import update_rows
from digest.delivery.states import may_become
from digest.delivery.transport.outcome import Outcome
from subscriptions.models import Subscriber

S = Digest.State

# A claim that is not settled by then belongs to a worker that died.
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)

# A reader who may be written to at this moment, as a condition on the digest's own row: with a
# join instead, PostgreSQL would not check the row's state again after waiting for another worker.
WANTED = Exists(
    Subscriber.objects.filter(not_suppressed(), id=OuterRef("subscriber_id"), state=Subscriber.State.ACTIVE)
)


def sendable(now: datetime) -> Q:
    """Digests that may be handed over now, as far as their own row tells."""
    return Q(state=S.COMPOSED) | Q(state=S.RETRY, retry_at__lte=now)


def claim(*, first_id: int, last_id: int, now: datetime, limit: int) -> list[Digest]:
    """Take up to `limit` digests of a range for handing over; nobody else can take them any more.

    One conditional update, committed on return: reader and suppression are looked at again in the
    same statement, so a change committed before it always wins.
    """
    open_rows = Digest.objects.filter(sendable(now), id__gte=first_id, id__lte=last_id)
    ids = list(open_rows.filter(WANTED).order_by("id").values_list("id", flat=True)[:limit])
    token = uuid4().hex
    taken = Digest.objects.filter(sendable(now), WANTED, id__in=ids)
    taken.update(state=S.SENDING, claim=token, lease_until=now + LEASE, attempts=F("attempts") + 1)
    return list(Digest.objects.filter(claim=token, state=S.SENDING).select_related("subscriber").order_by("id"))


def skip_unwanted(*, first_id: int, last_id: int, now: datetime) -> int:
    """Close the open digests of readers who left, paused or were suppressed since; return how many."""
    open_rows = Digest.objects.filter(state__in=may_become(S.SKIPPED), id__gte=first_id, id__lte=last_id)
    reason = "The reader left, paused or was suppressed before it went."
    return open_rows.filter(~WANTED).update(state=S.SKIPPED, settled_at=now, error=reason)


def record(outcomes: Iterable[tuple[Digest, Outcome]], *, now: datetime) -> None:
    """Write down what became of claimed digests: one statement per kind of outcome.

    Only rows that are still being sent change: an event of the provider that was faster stays.
    """
    rows: dict[Digest.State, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for digest, outcome in outcomes:
        state, columns = _settle(digest, outcome, now)
        rows[state].append((digest.pk, columns))
    for state, changes in rows.items():
        shared: dict[str, Any] = {"state": state, "lease_until": None, "claim": ""}
        shared |= {} if state == S.RETRY else {"settled_at": now}
        shared |= {"accepted_at": now} if state == S.ACCEPTED else {}
        update_rows(Digest, changes, shared=shared, guard={"state": S.SENDING})


def expire_leases(*, now: datetime) -> int:
    """Mark digests of dead claims as unknown: the worker may have died after the hand-over."""
    dead = Digest.objects.filter(state=S.SENDING, lease_until__lt=now)
    reason = "The worker that was sending it died; it may or may not have gone."
    return dead.update(state=S.UNKNOWN, claim="", lease_until=None, settled_at=now, error=reason)


def _settle(digest: Digest, outcome: Outcome, now: datetime) -> tuple[Digest.State, dict[str, Any]]:
    """The state and columns an outcome leads to; a retry past the last attempt is a refusal."""
    columns: dict[str, Any] = {"error": outcome.detail[:500], "provider_id": outcome.provider_id[:200]}
    if outcome.state != S.RETRY:
        return outcome.state, columns | {
            "retry_at": None,
            "error": "" if outcome.state == S.ACCEPTED else columns["error"],
        }
    if digest.attempts >= MOST_ATTEMPTS:
        return S.REFUSED, columns | {
            "retry_at": None,
            "error": f"Given up after {digest.attempts} attempts. {columns['error']}"[:500],
        }
    return S.RETRY, columns | {"retry_at": now + wait_before_retry(digest.attempts, outcome.retry_after)}


def wait_before_retry(attempts: int, asked: timedelta | None) -> timedelta:
    """Doubling from a minute, never less than the peer asked for, spread so that retries do not march in step."""
    wait = min(FIRST_WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
    return max(wait, asked or timedelta()) * random.uniform(1.0, 1.25)  # noqa: S311  # spreading, not secrecy
