"""Who is to get an edition, when, and from which days; who is not, and why. Looks ahead and stores nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.db.models import Count

from digest.composing.editions import CADENCES, readers_of
from digest.composing.models import Digest, Edition
from digest.composing.periods import days_of
from subscriptions.cadence import Rhythm, local_day, name_period, next_slot, window_of
from subscriptions.due import known_zone
from subscriptions.models import Subscriber
from subscriptions.suppression import not_suppressed

# The day begins so long before UTC's in the easternmost zones.
_EASTERNMOST = timedelta(hours=15)
_STATES = {
    Subscriber.State.PENDING: "have not confirmed their address",
    Subscriber.State.PAUSED: "paused",
    Subscriber.State.LEFT: "unsubscribed",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """When a rhythm's digest for a period goes out, and the listing days it draws from."""

    at: datetime
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader of an edition, with what decides about their digest."""

    id: int
    rhythm: Rhythm
    limit: int
    slot: datetime
    first_day: date
    last_day: date


def find_readers(edition: Edition, *, now: datetime) -> tuple[list[Reader], int]:
    """The readers still to be served, and how many others joined after their hour of this period."""
    columns = ("id", "cadence", "weekday", "hour", "timezone", "paper_limit", "next_due_at")
    rows = readers_of(edition=edition).order_by("id").values_list(*columns)
    planned = Digest.objects.filter(period=edition.period, state=Digest.State.PLANNED)
    waiting = set(planned.values_list("subscriber_id", flat=True))
    readers: list[Reader] = []
    late = 0
    for pk, cadence, weekday, hour, zone, limit, next_due_at in rows.iterator(chunk_size=10_000):
        rhythm = Rhythm(cadence, weekday, hour, known_zone(zone, pk))
        slot = slot_in(rhythm, edition.period)
        if slot is None or (pk not in waiting and _is_past(rhythm, slot, next_due_at, edition.period)):
            late += 1
        else:
            readers.append(Reader(pk, rhythm, limit, max(slot.at, now), slot.first_day, slot.last_day))
    return readers, late


def _is_past(rhythm: Rhythm, slot: Slot, next_due_at: datetime | None, period: str) -> bool:
    """Whether a reader is next due in a later period, so that this one's hour came before they joined."""
    if next_due_at is None or next_due_at <= slot.at:
        return False
    return name_period(rhythm.cadence, local_day(next_due_at, rhythm)) != period


@lru_cache(maxsize=50_000)
def slot_in(rhythm: Rhythm, period: str) -> Slot | None:
    """A rhythm's slot in a period; None where it has none."""
    first, last = days_of(period)
    moment = datetime.combine(first, time(), tzinfo=UTC) - _EASTERNMOST
    while True:
        moment = next_slot(rhythm, after=moment)
        day = local_day(moment, rhythm)
        if name_period(rhythm.cadence, day) == period:
            return Slot(moment, *window_of(rhythm, moment))
        if day > last:
            return None


def first_hour(edition: Edition, *, now: datetime) -> datetime | None:
    """When the first reader still to come gets it; None where there is nobody."""
    rhythms = readers_of(edition=edition).order_by().values_list("cadence", "weekday", "hour", "timezone").distinct()
    slots = (slot_in(Rhythm(*row[:3], known_zone(row[3], 0)), edition.period) for row in rhythms)
    return min((max(slot.at, now) for slot in slots if slot), default=None)


def count_left_out(edition: Edition) -> Counter[str]:
    """Who gets nothing of it whatever it holds, by why."""
    cadences = CADENCES[Edition.Kind(edition.kind)]
    mine = Subscriber.objects.filter(cadence__in=cadences)
    by_state = dict(mine.order_by().values_list("state").annotate(count=Count("id")))
    active = Subscriber.objects.filter(state=Subscriber.State.ACTIVE)
    served = Digest.objects.filter(period=edition.period).exclude(state=Digest.State.PLANNED)
    counts = Counter({words: by_state.get(state, 0) for state, words in _STATES.items()})
    counts["chose another rhythm"] = active.exclude(cadence__in=cadences).count()
    counts["bounced, complained or must not be written to"] = active.filter(
        ~not_suppressed(), cadence__in=cadences
    ).count()
    counts["have their digest for this period already"] = served.count()
    return +counts
