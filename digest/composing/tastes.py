"""What readers follow, mute, liked and were sent, looked up for a batch of digests in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zlib import crc32

from django.db.models import Case, F, QuerySet, When
from django.utils.timezone import make_aware

from digest.compiled import Row, compiled
from digest.composing.models import Digest
from digest.composing.rows import PaperIds, PaperIdsBetween, PlannedRow
from digest.composing.setwise import Among
from digest.ranking.shapes import Taste
from subscriptions.marks import Feedback
from subscriptions.models import Interest

WEIGHT_OF_FEEDBACK: dict[str, float] = {Feedback.Kind.MORE: 1.0, Feedback.Kind.SAVE: 1.0, Feedback.Kind.LESS: -1.0}
# A digest in one of these states never reached its reader, or has no papers yet: those it holds may come again.
NEVER_ARRIVED = [
    Digest.State.PLANNED,
    Digest.State.REFUSED,
    Digest.State.BOUNCED,
    Digest.State.SKIPPED,
    Digest.State.EMPTY,
]
# What a reader said about a paper this long ago counts half. What they follow by name does not fade.
HALF_LIFE = timedelta(days=180)
# What was sent longer ago than this before the window is as good as new.
REMEMBERED = timedelta(days=92)
# The papers of one reader that count, those that weigh most.
MOST_PAPERS = 1_000
_NOTHING: frozenset[int] = frozenset()


class Told(NamedTuple):
    """What a reader told us so far, as weights; the names of `Taste`."""

    topics: dict[int, float]
    keywords: dict[str, float]
    authors: dict[str, float]
    organisations: dict[str, float]
    papers: dict[int, float]


class Sought(NamedTuple):
    """The papers that somebody asks about: ids from `first` to `last`, none of them there before `since`."""

    first: int
    last: int
    since: datetime


# An enumeration is slow to look into, for a word.
_TOPIC, _PAPER = Interest.Kind.TOPIC.value, Interest.Kind.PAPER.value
# Where each kind that is a name stands.
_NAMED: dict[str, Literal[1, 2, 3]] = {
    Interest.Kind.KEYWORD: 1,
    Interest.Kind.AUTHOR: 2,
    Interest.Kind.ORGANISATION: 3,
}


def load_tastes(digests: Iterable[PlannedRow], *, sought: Sought | None = None) -> dict[int, Taste]:
    """Readers' tastes as of their digests' slots, by subscriber id.

    Where nobody asks about other papers than those `sought`, what else they were sent is left out.
    """
    batch = list(digests)
    seen = _load_seen(batch, sought)
    slots = {digest.subscriber_id: digest.slot_at for digest in batch}
    periods = {digest.subscriber_id: digest.period for digest in batch}
    told = {digest.subscriber_id: Told({}, {}, {}, {}, {}) for digest in batch}
    _add_interests(told, slots)
    _add_feedback(told, seen, slots)
    return {
        subscriber: Taste(
            *own[:-1],
            papers=_strongest(own.papers) if own.papers else own.papers,
            seen=frozenset(seen[subscriber]) if subscriber in seen else _NOTHING,
            seed=_seed_of(periods[subscriber], tuple(own.topics)),
        )
        for subscriber, own in told.items()
    }


def _add_interests(tastes: dict[int, Told], slots: dict[int, datetime]) -> None:
    """What readers follow, mute and keep. Only a kept paper's moment counts, and a moment is slow to read."""
    for subscriber, kind, topic, paper, text, weight, at in _ask_interests(readers=tastes):
        told = tastes[subscriber]
        if kind == _TOPIC:
            told.topics[topic] = weight
        elif kind == _PAPER:
            told.papers[paper] = weight * fade(at, now=slots[subscriber])
        else:
            told[_NAMED[kind]][text] = weight


@compiled
def _ask_interests(*, readers: Iterable[int]) -> QuerySet[Interest, Row]:
    kept_at = Case(When(kind=Interest.Kind.PAPER, then=F("created_at")))
    rows = Interest.objects.filter(Among("subscriber_id", readers)).order_by("id")
    return rows.values_list("subscriber_id", "kind", "topic_id", "paper_id", "text", "weight", kept_at)


def fade(at: datetime, *, now: datetime) -> float:
    """How much of a signal from a moment counts now: all of a fresh one, half after `HALF_LIFE`."""
    return float(0.5 ** (max(now - at, timedelta()) / HALF_LIFE))


def seed_of(period: str, topics: Collection[int]) -> int:
    """Another number each period; the same for readers who follow the same topics, who may get the same papers."""
    return _seed_of(period, tuple(topics))


@lru_cache(maxsize=4096)
def _seed_of(period: str, topics: tuple[int, ...]) -> int:
    return crc32(f"{period} {sorted(topics)}".encode())


def _strongest(papers: dict[int, float]) -> dict[int, float]:
    if len(papers) <= MOST_PAPERS:
        return papers
    kept = sorted(papers, key=lambda paper: (-abs(papers[paper]), -paper))[:MOST_PAPERS]
    return {paper: papers[paper] for paper in kept}


def _add_feedback(tastes: dict[int, Told], seen: dict[int, set[int]], slots: dict[int, datetime]) -> None:
    """What readers said about papers: more and saved count as liked, less as disliked, hidden never comes."""
    for subscriber, paper, kind, at in _ask_feedback(readers=tastes):
        if kind == Feedback.Kind.HIDE:
            seen[subscriber].add(paper)
        else:
            tastes[subscriber].papers[paper] = WEIGHT_OF_FEEDBACK[kind] * fade(at, now=slots[subscriber])


@compiled
def _ask_feedback(*, readers: Iterable[int]) -> QuerySet[Feedback, Row]:
    said = Feedback.objects.filter(Among("subscriber_id", readers), made_by_machine=False).order_by("created_at", "id")
    return said.values_list("subscriber_id", "paper_id", "kind", "created_at")


def _load_seen(batch: list[PlannedRow], sought: Sought | None) -> dict[int, set[int]]:
    """Papers of earlier digests that could come up again, or be news.

    A paper cannot have been sent before it was listed, so digests older than the earliest window
    cannot bring one twice; some months on top cover papers that an edition brings back, and news of them.
    """
    since = make_aware(datetime.combine(min(digest.first_day for digest in batch), time.min)) - REMEMBERED
    seen: dict[int, set[int]] = defaultdict(set)
    for subscriber, found in _ask_sent(sought, readers=[digest.subscriber_id for digest in batch], since=since):
        seen[subscriber].update(found)
    return seen


@compiled
def _ask_sent(sought: Sought | None, *, readers: Iterable[int], since: datetime) -> QuerySet[Digest, Row]:
    among = Among("subscriber_id", readers)
    earlier = Digest.objects.filter(among, slot_at__gte=since).exclude(state__in=NEVER_ARRIVED).order_by()
    if sought is None:
        return earlier.values_list("subscriber_id", PaperIds("entries"))
    # Whether a digest was composed in time costs a look at a column, and its papers one at all its entries.
    earlier = earlier.exclude(composed_at__lt=sought.since)
    rows = earlier.annotate(papers=PaperIdsBetween("entries", sought.first, sought.last)).exclude(papers=[])
    return rows.values_list("subscriber_id", "papers")
