"""Who is to get an edition, when, and from which days; who is not, and why. Looks ahead and stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet

from digest.composing.editions import CADENCES, readers_of
from digest.composing.models import Digest, Edition
from digest.composing.periods import days_of
from digest.composing.setwise import Among
from subscriptions.cadence import Rhythm, local_day, name_period, next_slot, window_of
from subscriptions.due import known_zone
from subscriptions.models import Subscriber
from subscriptions.suppression import not_suppressed

# The day begins so long before UTC's in the easternmost zones.
_EASTERNMOST = timedelta(hours=15)
# The columns that decide when a reader is served; the last is whether their digest is planned already.
_RHYTHM = ("cadence", "weekday", "hour", "timezone", "next_due_at", "waits")
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


class Turn(NamedTuple):
    """What readers of one rhythm have in common: their hour, and the listing days their digests draw from."""

    rhythm: Rhythm
    at: datetime
    first_day: date
    last_day: date


class Reader(NamedTuple):
    """One reader of an edition, with what decides about their digest."""

    id: int
    limit: int
    turn: Turn


class Audience:
    """The readers still to be served. They share a few hundred rhythms, so each is thought about once."""

    def __init__(self, edition: Edition, *, now: datetime) -> None:
        self.edition = edition
        self.now = now
        self._readers = readers_of(edition=edition).annotate(waits=Exists(self._planned())).order_by()
        self._turns: dict[tuple[Any, ...], Turn | None] = {}

    def count(self) -> tuple[Counter[Turn], int]:
        """How many readers each turn has, and how many joined after their hour of this period; in one query."""
        turns: Counter[Turn] = Counter()
        late = 0
        for *rhythm, count in self._readers.values_list(*_RHYTHM).annotate(count=Count("id")):
            turn = self._find_turn(tuple(rhythm))
            if turn is None:
                late += count
            else:
                turns[turn] += count
        return turns, late

    def list_ids(self) -> list[int]:
        """Everybody's id, those who joined too late included, in order."""
        return list(self._readers.order_by("id").values_list("id", flat=True))

    def load(self, ids: Sequence[int]) -> list[Reader]:
        """Those of these readers who are served, in no order."""
        rows = self._readers.filter(Among("id", ids)).values_list("id", "paper_limit", *_RHYTHM)
        found = ((pk, limit, self._find_turn(tuple(rhythm))) for pk, limit, *rhythm in rows)
        return [Reader(pk, limit, turn) for pk, limit, turn in found if turn is not None]

    def _planned(self) -> QuerySet[Digest]:
        return Digest.objects.filter(subscriber=OuterRef("pk"), period=self.edition.period, state=Digest.State.PLANNED)

    def _find_turn(self, rhythm: tuple[Any, ...]) -> Turn | None:
        """`rhythm`: the columns of _RHYTHM. None for readers who joined after their hour."""
        if rhythm not in self._turns:
            self._turns[rhythm] = self._work_out(rhythm)
        return self._turns[rhythm]

    def _work_out(self, columns: tuple[Any, ...]) -> Turn | None:
        cadence, weekday, hour, zone, next_due_at, waits = columns
        rhythm = Rhythm(cadence, weekday, hour, known_zone(zone, 0))
        slot = slot_in(rhythm, self.edition.period)
        if slot is None or (not waits and _is_past(rhythm, slot, next_due_at, self.edition.period)):
            return None
        return Turn(rhythm, max(slot.at, self.now), slot.first_day, slot.last_day)


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
