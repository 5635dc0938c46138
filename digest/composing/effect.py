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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Min
from django.utils.timezone import now

from digest.composing.audience import Audience, Reader, Turn, count_left_out
from digest.composing.candidates import Window, load_fields
from digest.composing.compose import choose_all, load_caps
from digest.composing.models import Edition
from digest.composing.rows import PlannedRow
from digest.composing.setwise import Among
from digest.composing.tastes import Sought, load_tastes
from digest.papers.models import Paper
from digest.ranking.shapes import Taste
from subscriptions.cadence import Rhythm
from subscriptions.marks import Feedback
from subscriptions.models import Interest, Subscriber

# Readers drawn at random are found all over the tables: the larger a batch, the less each costs. While it has taken
# less than a fifth of its time the next one is twice as large, up to what memory allows.
BATCH, LARGEST_BATCH, SPARE_TIMES = 5_000, 40_000, 5
# A person waits for it; workers look at the rest (`looking.py`).
LONGEST_SECONDS = 3.0
# Of a normal distribution: nineteen times in twenty the truth lies within so many standard errors.
_NINETEEN_IN_TWENTY = 1.96
NOTHING_NEW = "nothing new for them"
_NOTHING: frozenset[Any] = frozenset()
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


def forecast(
    edition: Edition, *, now: datetime, seconds: float = LONGEST_SECONDS, tell: Callable[[int, int], None] | None = None
) -> Effect:
    """The effect of an edition as if approved now, looking at readers for so many seconds at most.

    `tell` hears now and then how many readers of how many were looked at.
    """
    started = time.monotonic()
    audience = Audience(edition, now=now)
    turns, late = audience.count()
    effect = Effect(readers=turns.total(), computed_at=now)
    effect.left_out.update(+Counter({TOO_LATE: late}) + count_left_out(edition))
    for turn, count in turns.items():
        effect.by_hour[turn.at.replace(minute=0, second=0, microsecond=0)] += count
        effect.by_zone[turn.rhythm.timezone] += count
    ids = audience.list_ids()
    # A part of a shuffled list is a fair sample of it; the same edition is always shuffled alike.
    random.Random(edition.pk).shuffle(ids)  # noqa: S311  # no secret
    table = _Table(edition, turns)
    start, size = 0, BATCH
    while start < len(ids) and (not start or time.monotonic() - started < seconds):
        table.look_at(audience.load(ids[start : start + size]))
        if tell:
            tell(table.counts.total(), effect.readers)
        start += size
        if (time.monotonic() - started) * SPARE_TIMES < seconds:
            size = min(2 * size, LARGEST_BATCH)
    table.sum_up(effect)
    effect.seconds = time.monotonic() - started
    return effect


class _Key(NamedTuple):
    """All that decides which papers a reader gets: alike keys, alike papers."""

    window: int
    limit: int
    seen: frozenset[int]
    parts: tuple[frozenset[Any], ...]


class _Table:
    """The fields of an edition's windows, and what each kind of reader was found to get."""

    def __init__(self, edition: Edition, turns: Iterable[Turn]) -> None:
        self.edition = edition
        self.caps = load_caps({edition.period}, as_if_approved=True).get(edition.period)
        windows = {turn: Window(turn.first_day, turn.last_day, edition.period) for turn in turns}
        fields = load_fields(set(windows.values()), liked=_liked(), as_if_approved=True)
        self.fields = list(fields.values())
        self.ids = [frozenset(found.ids.tolist()) for found in self.fields]
        numbers = {window: number for number, window in enumerate(fields)}
        self.windows = {turn: numbers[window] for turn, window in windows.items()}
        # Of what readers were sent, only papers that could come up again count: most digests hold none of these.
        self.sought = _seek(frozenset[int]().union(*self.ids))
        # Each kind of reader has a number: a key is long, and hashed once for each reader.
        self.kinds: dict[_Key, int] = {}
        self.papers: list[tuple[int, ...]] = []
        self.counts: Counter[int] = Counter()
        self.letters: set[tuple[Rhythm, int]] = set()

    def look_at(self, batch: Sequence[Reader]) -> None:
        """Add what these readers get."""
        tastes = load_tastes([self._as_planned(reader) for reader in batch], sought=self.sought)
        new: dict[_Key, Taste] = {}
        kinds: list[int] = []
        for reader in batch:
            key = self._key(reader, tastes[reader.id])
            kind = self.kinds.setdefault(key, len(self.kinds))
            if kind >= len(self.papers):
                new.setdefault(key, tastes[reader.id])
            kinds.append(kind)
        self._rank(new)
        self.counts.update(kinds)
        self.letters.update((reader.turn.rhythm, kind) for reader, kind in zip(batch, kinds, strict=True))

    def sum_up(self, effect: Effect) -> None:
        """Write down what all readers get together."""
        effect.looked_at = self.counts.total()
        effect.groups = len(self.kinds)
        effect.kinds_of_letter = len({(rhythm, self.papers[kind]) for rhythm, kind in self.letters})
        for key, kind in self.kinds.items():
            papers, count = self.papers[kind], self.counts[kind]
            effect.repeats_avoided += len(key.seen) * count
            effect.lengths[len(papers)] += count
            for paper in papers:
                effect.reach[paper] += count

    def _key(self, reader: Reader, taste: Taste) -> _Key:
        window = self.windows[reader.turn]
        seen = taste.seen & self.ids[window] if taste.seen else _NOTHING
        return _Key(window, reader.limit, seen, tuple(map(_freeze, _parts(taste))))

    def _rank(self, new: Mapping[_Key, Taste]) -> None:
        """Rank what is new, all of a window at once."""
        self.papers += [()] * len(new)
        for window in {key.window for key in new}:
            keys = [key for key in new if key.window == window]
            limits = [key.limit for key in keys]
            tastes = [new[key] for key in keys]
            rankings = choose_all(self.fields[window], tastes, limits=limits, caps=self.caps, explained=False)
            for key, ranking in zip(keys, rankings, strict=True):
                self.papers[self.kinds[key]] = tuple(ranked.paper for ranked in ranking.chosen)

    def _as_planned(self, reader: Reader) -> PlannedRow:
        """The digest that would be planned."""
        turn, edition = reader.turn, self.edition
        days = turn.first_day, turn.last_day
        return PlannedRow(0, reader.id, edition.period, edition.pk, *days, turn.at, reader.limit)


def _seek(papers: Collection[int]) -> Sought:
    """Where to look for papers in what readers were sent. Clocks differ: a day more is looked at."""
    first = Paper.objects.filter(Among("id", papers)).aggregate(at=Min("created_at"))["at"]
    return Sought(min(papers, default=0), max(papers, default=0), (first or now()) - timedelta(days=1))


def _parts(taste: Taste) -> tuple[dict[Any, float], ...]:
    return (taste.topics, taste.keywords, taste.authors, taste.organisations, taste.papers)


def _freeze(part: dict[Any, float]) -> frozenset[Any]:
    return frozenset(part.items()) if part else _NOTHING


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
