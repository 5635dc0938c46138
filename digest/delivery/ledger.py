"""The one writer of delivery states: claims digests before the network, records what became of them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from digest.compiled import Row, compiled
from digest.composing.models import Digest, Edition
from digest.composing.rows import (
    WHOLE,
    WITHOUT_CONTENTS,
    Columns,
    Contents,
    DigestRow,
    Rows,
    make_rows,
    read_rows,
    select_rows,
)
from digest.composing.setwise import Among, update_rows
from digest.delivery.eligibility import EDITION_FLOWS, READER_WANTS, may_go
from digest.delivery.journal import LOST, DeadClaim
from digest.delivery.states import may_become
from digest.delivery.transport.outcome import ACCEPTED, Outcome

S = Digest.State
# Where a row may stand while its claim is not settled.
OURS = (S.SENDING, S.UNKNOWN)

# A claim that is not settled by then belongs to a worker that died, or whose machine did.
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(hours=2)


def claim(
    *,
    first_id: int,
    last_id: int,
    token: str,
    now: datetime,
    limit: int,
    known: Mapping[int, Contents] | None = None,
) -> list[DigestRow]:
    """Take up to `limit` digests of a range for handing over; nobody else can take them any more.

    Read and locked by one statement, marked by another, committed on return: reader, suppression and
    pause are looked at in the first, so a change committed before it always wins. `known`: what this
    process has just composed, which is not read again.
    """
    shared = {"state": S.SENDING, "claim": token, "lease_until": now + LEASE}
    with transaction.atomic():
        ready = _ask_ready(WITHOUT_CONTENTS if known else WHOLE, limit, first_id=first_id, last_id=last_id, now=now)
        found = make_rows(ready, known=known, further=1)
        taken = Digest.objects.filter(Among("id", [row.pk for row in found]))
        taken.update(**shared, attempts=F("attempts") + 1)
    return found


@compiled
def _ask_ready(columns: Columns, limit: int, *, first_id: int, last_id: int, now: datetime) -> QuerySet[Digest, Row]:
    ready = Digest.objects.filter(may_go(now), id__gte=first_id, id__lte=last_id)
    return select_rows(_not_held(ready), columns)[:limit]


def still_wanted(token: str, ids: Sequence[int]) -> set[int]:
    """Which digests of a claim may still go: readers leave and editions are paused at any moment.

    `ids`: all that the claim holds from the first of these on, in order. Those before it went.
    """
    if not ids:
        return set()
    # Nearly always nobody left: then a number says so, and no ids travel.
    if _count_wanted(claim=token, first_id=ids[0]) == [(len(ids),)]:
        return set(ids)
    return {pk for (pk,) in _ask_wanted(claim=token, first_id=ids[0])}


def _wanted(*, claim: str, first_id: int) -> QuerySet[Digest]:
    held = Digest.objects.filter(claim=claim, state=S.SENDING, id__gte=first_id)
    return held.filter(READER_WANTS, EDITION_FLOWS).order_by()


@compiled
def _ask_wanted(*, claim: str, first_id: int) -> QuerySet[Digest, Row]:
    return _wanted(claim=claim, first_id=first_id).values_list("id")


@compiled
def _count_wanted(*, claim: str, first_id: int) -> QuerySet[Digest, Row]:
    return _wanted(claim=claim, first_id=first_id).values_list(Rows())


def release(ids: Collection[int], *, claim: str, now: datetime) -> int:
    """Give back claimed digests that were certainly not offered; it does not count as an attempt."""
    if not ids:
        return 0
    held = Digest.objects.filter(id__in=ids, claim=claim, state__in=OURS)
    return held.update(state=S.RETRY, claim="", lease_until=None, retry_at=now, attempts=F("attempts") - 1)


def skip_unwanted(*, first_id: int, last_id: int, now: datetime) -> int:
    """Close the open digests of readers who left, paused or were suppressed since; return how many."""
    if not _ask_open(first_id=first_id, last_id=last_id):
        return 0
    reason = "The reader left, paused or was suppressed before it went."
    with transaction.atomic():
        open_rows = _open_rows(first_id=first_id, last_id=last_id)
        unwanted = _not_held(open_rows.filter(~READER_WANTS)).order_by("id").values("id")
        return Digest.objects.filter(id__in=unwanted).update(state=S.SKIPPED, settled_at=now, error=reason)


def _open_rows(*, first_id: int, last_id: int) -> QuerySet[Digest]:
    return Digest.objects.filter(state__in=[S.PLANNED, S.COMPOSED, S.RETRY], id__gte=first_id, id__lte=last_id)


@compiled
def _ask_open(*, first_id: int, last_id: int) -> QuerySet[Digest, Row]:
    return _open_rows(first_id=first_id, last_id=last_id).order_by().values_list("id")[:1]


def _not_held(digests: QuerySet[Digest]) -> QuerySet[Digest]:
    """The rows that nobody else is writing at this moment, locked. SQLite has one writer at a time anyway.

    Waiting for another worker's rows while holding some that it waits for would end one of the two.
    """
    return digests.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",))


def record(outcomes: Iterable[tuple[DigestRow, Outcome]], *, claim: str, now: datetime) -> None:
    """Write down what became of a claim's digests: one statement per kind of outcome.

    Only rows that this claim still holds change: an event of the provider that was faster stays.
    """
    plain: list[int] = []
    rows: dict[Digest.State, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for digest, outcome in outcomes:
        if outcome is ACCEPTED:
            # Nothing of its own to say: its id is all that travels.
            plain.append(digest.pk)
            continue
        state, columns = _settle(digest, outcome, now)
        rows[state].append((digest.pk, columns))
    if plain:
        held = Digest.objects.filter(Among("id", plain), claim=claim, state__in=OURS)
        held.update(**_shared_by(S.ACCEPTED, now), retry_at=None, error="", provider_id="")
    for state, changes in rows.items():
        update_rows(Digest, changes, shared=_shared_by(state, now), guard={"state": OURS, "claim": claim})


def _shared_by(state: Digest.State, now: datetime) -> dict[str, Any]:
    """What an outcome writes to every row it befell."""
    shared: dict[str, Any] = {"state": state, "lease_until": None, "claim": ""}
    shared |= {} if state == S.RETRY else {"settled_at": now}
    return shared | ({"accepted_at": now} if state == S.ACCEPTED else {})


def recover(dead: DeadClaim, *, now: datetime) -> None:
    """Settle the claim of a worker that died, from its notes; without trusted notes all is unknown."""
    held = read_rows(Digest.objects.filter(claim=dead.claim, state__in=OURS))
    known = [(digest, dead.outcomes.get(digest.pk, LOST)) for digest in held]
    if dead.trusted:
        unoffered = [digest.pk for digest in held if digest.pk not in dead.outcomes]
        release(unoffered, claim=dead.claim, now=now)
        known = [(digest, outcome) for digest, outcome in known if digest.pk in dead.outcomes]
    record(known, claim=dead.claim, now=now)
    dead.set_aside(settled=bool(held))


def pause(edition_id: int, *, reason: str, now: datetime) -> bool:
    """Stop handing over an edition until a person resumes it; whether it was running before."""
    running = Edition.objects.filter(pk=edition_id, paused_at=None)
    return bool(running.update(paused_at=now, pause_reason=reason[:300]))


def resume(edition_id: int) -> bool:
    """Let a paused edition go on; whether it was paused."""
    paused = Edition.objects.filter(pk=edition_id, paused_at__isnull=False).exclude(state=Edition.State.CANCELLED)
    return bool(paused.update(paused_at=None, pause_reason=""))


def cancel(edition_id: int, *, reason: str, now: datetime) -> bool:
    """Stop an edition for good: what has not left never does. Whether it was not cancelled before."""
    going = Edition.objects.filter(pk=edition_id).exclude(state=Edition.State.CANCELLED)
    # Paused as well: a worker looks at that again just before a body leaves.
    stop = {"state": Edition.State.CANCELLED, "scheduled_at": None, "paused_at": now, "pause_reason": reason[:300]}
    return bool(going.update(**stop, updated_at=now)) and skip_cancelled(now=now) >= 0


def skip_cancelled(*, now: datetime) -> int:
    """Close the digests of cancelled editions that have not left; return how many."""
    cancelled = Edition.objects.filter(id=OuterRef("edition_id"), state=Edition.State.CANCELLED)
    open_rows = Digest.objects.filter(Exists(cancelled), state__in=[S.PLANNED, S.COMPOSED, S.RETRY])
    return open_rows.update(state=S.SKIPPED, settled_at=now, error="The edition was cancelled.")


def send_again(ids: Iterable[int], *, now: datetime) -> int:
    """A person's decision on digests that are refused or unknown: offer them once more; how many."""
    doubtful = Digest.objects.filter(id__in=ids, state__in=may_become(S.RETRY) - {S.SENDING})
    return doubtful.update(state=S.RETRY, claim="", retry_at=now, attempts=0, settled_at=None)


def mark_as_sent(ids: Iterable[int], *, now: datetime) -> int:
    """A person's decision on digests that are unknown: they did go; how many."""
    unknown = Digest.objects.filter(id__in=ids, state=S.UNKNOWN)
    return unknown.update(state=S.ACCEPTED, claim="", accepted_at=now, settled_at=now, error="")


def expire_leases(*, now: datetime) -> int:
    """Mark digests of dead claims as unknown: the worker may have died after the hand-over.

    The claim's name stays on the row, so that a worker that was only slow can still settle it.
    """
    dead = Digest.objects.filter(state=S.SENDING, lease_until__lt=now)
    return dead.update(state=S.UNKNOWN, lease_until=None, settled_at=now, error=LOST.detail)


def apply_event_state(*, state: Digest.State, digest_ids: Collection[int], now: datetime, error: str = "") -> int:
    """Move digests to what the provider's events say, where the table allows it; return how many moved.

    A worker that still holds one of them loses its claim: its own record comes too late.
    """
    movable = Digest.objects.filter(id__in=digest_ids, state__in=may_become(state))
    return movable.update(
        state=state,
        claim="",
        lease_until=None,
        retry_at=None,
        settled_at=now,
        accepted_at=Coalesce("accepted_at", Value(now)),
        error=error,
    )


def _settle(digest: DigestRow, outcome: Outcome, now: datetime) -> tuple[Digest.State, dict[str, Any]]:
    """The state and columns an outcome leads to; a retry past the last attempt is a refusal."""
    columns: dict[str, Any] = {
        "error": _storable(outcome.detail)[:500],
        "provider_id": _storable(outcome.provider_id)[:200],
    }
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


def _storable(words: str) -> str:
    """A peer's words without what PostgreSQL cannot keep: zero bytes and halves of surrogate pairs."""
    return words.replace("\0", "").encode(errors="replace").decode()


def wait_before_retry(attempts: int, asked: timedelta | None) -> timedelta:
    """Doubling from `RETRY_SECONDS`, never less than the peer asked for, spread so that not all come back at once."""
    first = timedelta(seconds=settings.RETRY_SECONDS)
    wait: timedelta = min(first * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
    return max(wait, asked or timedelta()) * random.uniform(1.0, 1.25)  # noqa: S311  # spreading, not secrecy
