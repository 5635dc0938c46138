"""Windows' candidates made ready for ranking, kept in this process: range after range of an edition asks for the same.

What readers' likes are compared against is the same for every reader of a window: the papers before it, and
what readers had kept together before its last day.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

import numpy as np
from django.utils.timezone import make_aware
from numpy.typing import NDArray

from digest.papers.models import Paper
from digest.papers.vectors import current_embedder, load_vectors, text_of
from digest.ranking.field import Field
from digest.ranking.liking import Ground, Liking
from digest.ranking.shapes import Candidate
from subscriptions.models import Interest, Subscriber

# Papers before the window, and papers that readers keep, beside which candidates are seen.
RECENT = 1_000
MOST_KEPT = 2_000
# The latest likes of the site, and what of them makes a library.
LATEST_LIKES = 20_000
MOST_LIBRARIES = 1_000
LONGEST_LIBRARY = 50
_WINDOWS_KEPT = 4

Made = TypeVar("Made", Field, Ground)


@dataclass(frozen=True, slots=True)
class Background:
    """Papers by id, with the moment of their last change, and readers' libraries among them."""

    papers: tuple[tuple[int, datetime], ...]
    libraries: tuple[tuple[int, ...], ...]


class Shelf(OrderedDict[Hashable, Made]):
    """The last few things made, by what they were made from."""

    def keep(self, key: Hashable, made: Made) -> Made:
        """Put one in, and let the oldest go."""
        self[key] = made
        while len(self) > _WINDOWS_KEPT:
            self.popitem(last=False)
        return made


_FIELDS: Shelf[Field] = Shelf()
_GROUNDS: Shelf[Ground] = Shelf()


def stock_field(candidates: list[Candidate]) -> Field:
    """A window's candidates, indexed, with their vectors."""
    key = (current_embedder().name, tuple(candidates))
    if key in _FIELDS:
        return _FIELDS[key]
    return _FIELDS.keep(key, Field(candidates, vectors=load_vectors(_texts_of(candidates))))


def load_liking(candidates: list[Candidate], liked: Mapping[int, str], *, before: date) -> Liking | None:
    """What a batch's liked papers say about candidates; `before` is the window's last day."""
    if not candidates or not liked:
        return None
    background = _find_background({candidate.id for candidate in candidates}, before=before)
    key = (current_embedder().name, tuple(candidates), background)
    ground = _GROUNDS.get(key) or _GROUNDS.keep(key, _make_ground(candidates, background))
    return Liking(ground, liked, load_vectors(liked))


def _make_ground(candidates: list[Candidate], background: Background) -> Ground:
    numbers = [paper for paper, _ in background.papers]
    rows = Paper.objects.filter(pk__in=numbers).values_list("pk", "title", "abstract")
    found = {pk: text_of(title, abstract) for pk, title, abstract in rows}
    texts = _texts_of(candidates) | {paper: found[paper] for paper in numbers if paper in found}
    places = {paper: place for place, paper in enumerate(texts)}
    libraries = [_place_library(library, places) for library in background.libraries]
    return Ground(
        list(texts.values()),
        load_vectors(texts),
        candidates=len(candidates),
        libraries=libraries,
        trust=current_embedder().trust,
    )


def _place_library(library: tuple[int, ...], places: Mapping[int, int]) -> NDArray[np.int64]:
    return np.array(sorted(places[paper] for paper in library if paper in places), dtype=np.int64)


def _find_background(candidates: set[int], *, before: date) -> Background:
    libraries = _find_libraries(make_aware(datetime.combine(before, time.min)))
    kept = Counter(paper for library in libraries for paper in library)
    best = [paper for paper, _ in sorted(kept.items(), key=lambda item: (-item[1], -item[0]))[:MOST_KEPT]]
    recent = Paper.objects.sendable().filter(listed_on__lt=before).order_by("-listed_on", "-id")
    rows = {
        pk: at
        for query in (recent[:RECENT], Paper.objects.filter(pk__in=best).order_by("pk"))
        for pk, at in query.values_list("pk", "updated_at")
        if pk not in candidates
    }
    known = rows.keys() | candidates
    within = (tuple(paper for paper in library if paper in known) for library in libraries)
    return Background(tuple(rows.items()), tuple(library for library in within if len(library) > 1))


def _find_libraries(until: datetime) -> list[tuple[int, ...]]:
    """What active readers kept until a moment: the latest likes of the site, by reader."""
    likes = Interest.objects.filter(
        kind=Interest.Kind.PAPER, weight__gt=0, created_at__lt=until, subscriber__state=Subscriber.State.ACTIVE
    )
    kept: dict[int, list[int]] = defaultdict(list)
    for reader, paper in likes.order_by("-id").values_list("subscriber_id", "paper_id")[:LATEST_LIKES]:
        if len(kept[reader]) < LONGEST_LIBRARY:
            kept[reader].append(paper)
    libraries = [tuple(sorted(papers)) for _, papers in sorted(kept.items()) if len(papers) > 1]
    return libraries[:MOST_LIBRARIES]


def _texts_of(candidates: list[Candidate]) -> dict[int, str]:
    return {candidate.id: text_of(candidate.title, candidate.abstract) for candidate in candidates}
