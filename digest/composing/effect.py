"""What an edition would do to the whole list, by the steps of the send: who gets what, and when. Stores nothing.

Readers who follow, mute and were sent the same get the same papers, so each such group is ranked once, many
groups at a time. Where time runs out, the readers looked at are a random part of all, and the answer says how far
off it may be.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from digest.composing.audience import Reader, count_left_out, find_readers
from digest.composing.candidates import Window, load_fields
from digest.composing.compose import choose_all, load_caps
from digest.composing.models import Edition
from digest.composing.rows import PlannedRow
from digest.composing.tastes import load_tastes
from digest.ranking.shapes import Taste
from subscriptions.marks import Feedback
from subscriptions.models import Interest, Subscriber

BATCH = 2_000
# A person waits for it.
LONGEST_SECONDS = 8.0
# Who asks for everybody waits longer, but no page may hold a web process for ever.
PATIENT_SECONDS = 120.0
# Of a normal distribution: nineteen times in twenty the truth lies within so many standard errors.
_NINETEEN_IN_TWENTY = 1.96
NOTHING_NEW = "nothing new for them"
TOO_LATE = "joined after their hour of this period"


@dataclass(slots=True)
class Effect:
    """Numbers about all readers of an edition. Where `looked_at` is less than `readers`, counts are of a sample."""

    readers: int = 0
    looked_at: int = 0
    # Readers who get the same are looked at together.
    groups: int = 0
    seconds: float = 0.0
    computed_at: datetime | None = None
    by_hour: Counter[datetime] = field(default_factory=Counter)
    by_zone: Counter[str] = field(default_factory=Counter)
    # Who gets nothing of it whatever it holds, by why.
    left_out: Counter[str] = field(default_factory=Counter)
    # Digests by paper, and by how many papers they hold.
    reach: Counter[int] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    # Papers that would have come up again for somebody who was sent them before.
    repeats_avoided: int = 0
    # How many letters differ in more than links, for providers that merge.
    kinds_of_letter: int = 0

    @property
    def is_estimate(self) -> bool:
        """Whether time ran out before everybody was looked at."""
        return self.looked_at < self.readers

    @property
    def margin(self) -> float:
        """How far off a share may be, in percent points, nineteen times in twenty; 0 where everybody was looked at."""
        if not self.is_estimate or not self.looked_at:
            return 0.0
        unseen = math.sqrt((self.readers - self.looked_at) / max(self.readers - 1, 1))
        return 100 * _NINETEEN_IN_TWENTY * math.sqrt(0.25 / self.looked_at) * unseen

    def scale(self, count: int) -> int:
        """A count among those looked at, for all readers."""
        return round(count * self.readers / self.looked_at) if self.is_estimate and self.looked_at else count


def forecast(edition: Edition, *, now: datetime, seconds: float = LONGEST_SECONDS) -> Effect:
    """The effect of an edition as if approved now, looking at readers for so many seconds at most."""
    started = time.monotonic()
    readers, late = find_readers(edition, now=now)
    effect = Effect(readers=len(readers), computed_at=now)
    effect.left_out.update(+Counter({TOO_LATE: late}) + count_left_out(edition))
    for reader in readers:
        effect.by_hour[reader.slot.replace(minute=0, second=0, microsecond=0)] += 1
        effect.by_zone[reader.rhythm.timezone] += 1
    # A part of a shuffled list is a fair sample of it; the same edition is always shuffled alike.
    random.Random(edition.pk).shuffle(readers)  # noqa: S311  # no secret
    table = _Table(edition, readers)
    for start in range(0, len(readers), BATCH):
        if start and time.monotonic() - started > seconds:
            break
        table.look_at(readers[start : start + BATCH], effect)
    effect.groups = len(table.known)
    effect.seconds = time.monotonic() - started
    return effect


class _Key(NamedTuple):
    """All that decides which papers a reader gets: alike keys, alike papers."""

    window: Window
    limit: int
    seen: frozenset[int]
    parts: tuple[frozenset[Any], ...]


class _Table:
    """The fields of an edition's windows, and what each kind of reader was found to get."""

    def __init__(self, edition: Edition, readers: Sequence[Reader]) -> None:
        self.edition = edition
        self.caps = load_caps({edition.period}, as_if_approved=True).get(edition.period)
        windows = {_window(reader, edition) for reader in readers}
        self.fields = load_fields(windows, liked=_liked(), as_if_approved=True)
        self.ids = {window: frozenset(found.ids.tolist()) for window, found in self.fields.items()}
        self.known: dict[_Key, tuple[int, ...]] = {}
        self.letters: set[Hashable] = set()

    def look_at(self, batch: Sequence[Reader], effect: Effect) -> None:
        """Add what these readers get."""
        tastes = load_tastes([_as_planned(reader, self.edition) for reader in batch])
        keys = [self._key(reader, tastes[reader.id]) for reader in batch]
        self._rank({key: tastes[reader.id] for key, reader in zip(keys, batch, strict=True) if key not in self.known})
        for reader, key in zip(batch, keys, strict=True):
            papers = self.known[key]
            effect.repeats_avoided += len(key.seen)
            effect.lengths[len(papers)] += 1
            effect.reach.update(papers)
            self.letters.add((reader.rhythm, papers))
        effect.looked_at += len(batch)
        effect.kinds_of_letter = len(self.letters)

    def _key(self, reader: Reader, taste: Taste) -> _Key:
        window = _window(reader, self.edition)
        parts = tuple(frozenset(part.items()) for part in _parts(taste))
        return _Key(window, reader.limit, taste.seen & self.ids[window], parts)

    def _rank(self, new: Mapping[_Key, Taste]) -> None:
        """Rank what is new, all of a window at once."""
        for window in {key.window for key in new}:
            keys = [key for key in new if key.window == window]
            limits = [key.limit for key in keys]
            tastes = [new[key] for key in keys]
            rankings = choose_all(self.fields[window], tastes, limits=limits, caps=self.caps, explained=False)
            for key, ranking in zip(keys, rankings, strict=True):
                self.known[key] = tuple(ranked.paper for ranked in ranking.chosen)


def _parts(taste: Taste) -> tuple[dict[Any, float], ...]:
    return (taste.topics, taste.keywords, taste.authors, taste.organisations, taste.papers)


def _window(reader: Reader, edition: Edition) -> Window:
    return Window(reader.first_day, reader.last_day, edition.period)


def _as_planned(reader: Reader, edition: Edition) -> PlannedRow:
    """The digest that would be planned."""
    days = reader.first_day, reader.last_day
    return PlannedRow(0, reader.id, edition.period, edition.pk, *days, reader.slot, reader.limit)


def _liked() -> set[int]:
    """The papers that any active reader liked or disliked."""
    active = Subscriber.objects.filter(state=Subscriber.State.ACTIVE)
    liked = Interest.objects.filter(kind=Interest.Kind.PAPER, subscriber__in=active)
    said = Feedback.objects.filter(made_by_machine=False, subscriber__in=active).exclude(kind=Feedback.Kind.HIDE)
    return {
        paper
        for rows in (liked, said)
        for paper in rows.order_by().values_list("paper_id", flat=True).distinct()
        if paper is not None
    }
