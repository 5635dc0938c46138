"""Soft bounces add up until an address is given up; quiet time and a delivery make them forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from digest.delivery.models import BounceScore, Event
from subscriptions.models import Cadence

# So many days with a bounce, in a row as far as we write, and no more digests are sent there.
THRESHOLD = 5
FORGOTTEN_AFTER = timedelta(days=7)
# Who is written to less often must be able to bounce five times too: three letters, as for a daily one.
RARE_FORGOTTEN_AFTER: dict[str, timedelta] = {Cadence.WEEKLY: timedelta(days=21), Cadence.MONTHLY: timedelta(days=93)}


def update_scores(events: Sequence[tuple[datetime, Event]], *, cadences: Mapping[str, str]) -> set[str]:
    """Count soft bounces and deliveries, given in order of time; return the hashes that reached the threshold.

    `cadences` maps the address hashes of readers to their cadence; other addresses are not counted.
    """
    bounced = sorted({event.address_hash for _, event in events if counts(event)} & cadences.keys())
    BounceScore.objects.bulk_create([BounceScore(address_hash=h) for h in bounced], ignore_conflicts=True)
    touched = {event.address_hash for _, event in events if event.kind == Event.Kind.DELIVERED} | set(bounced)
    # Locked in one order, so that two workers wait for each other instead of both reading the old score.
    locked = BounceScore.objects.filter(address_hash__in=touched).order_by("address_hash").select_for_update()
    rows = {row.address_hash: row for row in locked}
    for moment, event in events:
        if row := rows.get(event.address_hash):
            _count(row, event, moment, RARE_FORGOTTEN_AFTER.get(cadences.get(event.address_hash, ""), FORGOTTEN_AFTER))
    return _write(list(rows.values()))


def counts(event: Event) -> bool:
    """Whether an event says that this reader's mailbox did not take it."""
    return event.kind == Event.Kind.SOFT_BOUNCE and not event.our_fault


def _count(row: BounceScore, event: Event, moment: datetime, forgotten_after: timedelta) -> None:
    last = row.bounced_at
    if event.kind == Event.Kind.DELIVERED:
        if last is None or moment >= last:
            row.score, row.bounced_at = 0, None
    elif counts(event) and (last is None or moment.date() > last.date()):
        quiet = last is not None and moment - last > forgotten_after
        row.score, row.bounced_at = 1 if quiet else row.score + 1, moment


def _write(rows: list[BounceScore]) -> set[str]:
    """Keep what still counts; an address that is given up starts anew should someone lift that."""
    full = {row.address_hash for row in rows if row.score >= THRESHOLD}
    over = [row.pk for row in rows if row.score == 0 or row.address_hash in full]
    BounceScore.objects.filter(pk__in=over).delete()
    for row in rows:
        if row.pk not in over:
            row.save(update_fields=["score", "bounced_at"])
    return full
