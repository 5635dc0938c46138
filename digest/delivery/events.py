"""Acts on stored events: moves digests forward, and stops writing to those who bounce, complain or leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from digest.composing.models import Digest
from digest.composing.setwise import update_rows
from digest.delivery import ledger
from digest.delivery.models import Event
from digest.delivery.scores import update_scores
from subscriptions.leaving import leave
from subscriptions.models import Subscriber, Suppression

Kind = Event.Kind
S = Digest.State
Scope = Suppression.Scope
Reason = Suppression.Reason

BATCH = 1_000
# Stop after so many; the next run goes on.
MOST_BATCHES = 50
# What was this old when it came to us is kept and changes nothing: a replay, or news of another time.
OLDEST = timedelta(days=7)
# The state each kind leads to, the later stages last: together they are right in any order of arrival.
LEADS_TO: dict[S, frozenset[Kind]] = {
    S.ACCEPTED: frozenset({Kind.TAKEN, Kind.DEFERRED}),
    S.DELIVERED: frozenset({Kind.DELIVERED}),
    S.BOUNCED: frozenset({Kind.SOFT_BOUNCE, Kind.HARD_BOUNCE, Kind.REJECTED}),
    S.COMPLAINED: frozenset({Kind.COMPLAINED}),
}
SAYS = {S.BOUNCED: "The provider reported that it bounced.", S.COMPLAINED: "The reader reported it as spam."}
# Kinds that mean something for the person; the others are the bulk and need no look at anyone.
PERSONAL = frozenset({Kind.SOFT_BOUNCE, Kind.HARD_BOUNCE, Kind.REJECTED, Kind.COMPLAINED, Kind.UNSUBSCRIBED})
# What we stop sending to the address, unless it was our own fault.
SUPPRESSES: dict[Kind, tuple[Scope, Reason]] = {
    Kind.HARD_BOUNCE: (Scope.ALL, Reason.BOUNCED),
    Kind.COMPLAINED: (Scope.ALL, Reason.COMPLAINED),
    Kind.REJECTED: (Scope.DIGEST, Reason.PROVIDER),
}


def apply_all(*, now: datetime) -> int:
    """Apply what waits, batch after batch; return how many events were applied."""
    total = 0
    for _ in range(MOST_BATCHES):
        applied = apply_events(now=now, limit=BATCH)
        total += applied
        if applied < BATCH:
            break
    return total


def apply_events(*, now: datetime, limit: int = BATCH) -> int:
    """Apply up to `limit` waiting events, oldest first; return how many. All their effects, or none.

    Rows taken by another worker are passed over; where rows cannot be locked (SQLite), the
    transaction has the whole database to itself.
    """
    with transaction.atomic():
        waiting = Event.objects.filter(applied_at=None).order_by("received_at", "id")
        events = list(waiting.select_for_update(skip_locked=True)[:limit])
        if not events:
            return 0
        links = _link(events)
        events = _leave_overtaking(events, links)
        Event.objects.filter(id__in=[event.pk for event in events], applied_at=None).update(applied_at=now)
        update_rows(Event, [(pk, {"digest": digest_id}) for pk, digest_id in links.items()], shared={}, guard={})
        fresh = [event for event in events if event.received_at - _moment(event) <= OLDEST]
        _move_digests(fresh, links, now)
        _spare_readers(fresh, now)
    return len(events)


def count_outcomes(*, edition_id: int) -> Counter[str]:
    """How many digests of an edition were "accepted" in all, and of these "bounced" and "complained"."""
    rows = Digest.objects.filter(edition_id=edition_id).values_list("state").annotate(count=Count("id"))
    by_state = Counter(dict(rows.order_by()))
    accepted = sum(by_state[state] for state in LEADS_TO)
    return Counter(accepted=accepted, bounced=by_state[S.BOUNCED], complained=by_state[S.COMPLAINED])


def _moment(event: Event) -> datetime:
    return event.occurred_at or event.received_at


def _link(events: Sequence[Event]) -> dict[int, int]:
    """Event id → id of the digest it is about, only where that digest went to the address of the event."""
    named: dict[int, int] = {
        event.pk: event.payload["digest"] for event in events if event.address_hash and "digest" in event.payload
    }
    rows = Digest.objects.filter(id__in=set(named.values()))
    owners = dict(rows.values_list("id", "subscriber__address_hash"))
    hashes = {event.pk: event.address_hash for event in events}
    links = {pk: digest_id for pk, digest_id in named.items() if owners.get(digest_id) == hashes[pk]}
    rest = [event for event in events if event.pk not in links and event.provider_id and event.address_hash]
    if rest:
        # By reader first: readers are indexed, the providers' ids are not.
        rows = Digest.objects.filter(
            subscriber__address_hash__in={event.address_hash for event in rest},
            provider_id__in={event.provider_id for event in rest},
        )
        known = {(h, mail): pk for h, mail, pk in rows.values_list("subscriber__address_hash", "provider_id", "id")}
        found = {event.pk: known.get((event.address_hash, event.provider_id)) for event in rest}
        links |= {pk: digest_id for pk, digest_id in found.items() if digest_id}
    return links


def _leave_overtaking(events: list[Event], links: dict[int, int]) -> list[Event]:
    """The events without those that name a mail of which our own record may still be on its way.

    Some providers give back nothing but their own id, which we learn when the hand-over is recorded.
    """
    unlinked = {event.address_hash for event in events if event.pk not in links and event.provider_id}
    if not unlinked:
        return events
    sending = Digest.objects.filter(state=S.SENDING, subscriber__address_hash__in=unlinked)
    busy = set(sending.values_list("subscriber__address_hash", flat=True))
    return [event for event in events if event.pk in links or event.address_hash not in busy]


def _move_digests(events: Sequence[Event], links: dict[int, int], now: datetime) -> None:
    linked = [(event.kind, links[event.pk]) for event in events if event.pk in links]
    # One order for all, so that two writers wait for each other instead of blocking each other.
    rows = Digest.objects.filter(id__in={digest_id for _, digest_id in linked}).order_by("id")
    list(rows.select_for_update().values_list("id", flat=True))
    for state, kinds in LEADS_TO.items():
        if digest_ids := {digest_id for kind, digest_id in linked if kind in kinds}:
            ledger.apply_event_state(state=state, digest_ids=digest_ids, now=now, error=SAYS.get(state, ""))


def _spare_readers(events: Sequence[Event], now: datetime) -> None:
    """What events mean for the person with that very address; addresses that no reader has are left alone."""
    about = [event for event in events if event.address_hash and event.kind in PERSONAL]
    rows = Subscriber.objects.filter(address_hash__in={event.address_hash for event in about})
    people = {person.address_hash: person for person in rows}
    known = [event for event in about if event.address_hash in people]
    for kind, (scope, reason) in SUPPRESSES.items():
        hashes = {event.address_hash for event in known if event.kind == kind and not event.our_fault}
        _suppress(hashes, scope=scope, reason=reason, note="Reported by the provider.")
    in_order = sorted(((_moment(event), event) for event in events if event.address_hash), key=lambda pair: pair[0])
    full = update_scores(in_order, cadences={h: person.cadence for h, person in people.items()})
    _suppress(full, scope=Scope.DIGEST, reason=Reason.BOUNCED, note="Bounced for a while, time after time.")
    for person in _find_leavers(known, people):
        leave(subscriber_id=person.pk, now=now)


def _find_leavers(events: Iterable[Event], people: dict[str, Subscriber]) -> list[Subscriber]:
    """Who complained, or unsubscribed at the provider since they last said yes to us."""
    leavers: dict[int, Subscriber] = {}
    for event in events:
        person = people[event.address_hash]
        again = person.confirmed_at is not None and person.confirmed_at > _moment(event)
        if event.kind == Kind.COMPLAINED or (event.kind == Kind.UNSUBSCRIBED and not again):
            leavers[person.pk] = person
    return [leavers[pk] for pk in sorted(leavers)]


def _suppress(hashes: Collection[str], *, scope: Scope, reason: Reason, note: str) -> None:
    rows = [Suppression(address_hash=h, scope=scope, reason=reason, note=note) for h in sorted(hashes)]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
