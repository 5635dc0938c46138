"""The catalogue's search index in this process: built once, and again in the background when papers changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from time import monotonic

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max
from numpy.typing import NDArray

from digest.papers.models import Paper
from digest.ranking.embed import load_embedder
from digest.ranking.search import SearchIndex, count_paper

# Below this many papers a rebuild is quicker than noticing that one is needed.
SMALL = 2_000
_SECONDS_BETWEEN_LOOKS = 10.0
_BATCH = 1_000

# Papers counted, the highest id and the latest change: it moves whenever a paper comes or changes.
Version = tuple[int, int, datetime | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """An index and the papers' ids in its order."""

    version: Version
    ids: NDArray[np.int64]
    index: SearchIndex

    def place_of(self, paper_id: int) -> int | None:
        """Where a paper stands, if it is indexed."""
        place = int(np.searchsorted(self.ids, paper_id))
        return place if place < len(self.ids) and self.ids[place] == paper_id else None


class Shelves:
    """Holds the current index and replaces it when the catalogue has moved on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelf: Shelf | None = None
        self._looked_at = 0.0
        self._is_building = False

    def fetch(self) -> Shelf:
        """An index, at most some seconds old where the catalogue is large, always new where it is small."""
        shelf = self._shelf
        if shelf is not None and len(shelf.ids) >= SMALL and monotonic() - self._looked_at < _SECONDS_BETWEEN_LOOKS:
            return shelf
        self._looked_at = monotonic()
        version = read_version()
        if shelf is not None and shelf.version == version:
            return shelf
        if shelf is None or version[0] < SMALL:
            with self._lock:
                if self._shelf is None or self._shelf.version != version:
                    self._shelf = build_shelf(version)
                return self._shelf
        self._start_building(version)
        return shelf

    def _start_building(self, version: Version) -> None:
        with self._lock:
            if self._is_building:
                return
            self._is_building = True
        Thread(target=self._build, args=(version,), name="search-index", daemon=True).start()

    def _build(self, version: Version) -> None:
        try:
            self._shelf = build_shelf(version)
        finally:
            self._is_building = False
            connection.close()


SHELVES = Shelves()


def read_version() -> Version:
    """What the catalogue looks like at this moment, in one query."""
    seen = Paper.objects.all().published().aggregate(n=Count("id"), last=Max("id"), at=Max("updated_at"))
    return seen["n"], seen["last"] or 0, seen["at"]


def build_shelf(version: Version) -> Shelf:
    """Index the published papers."""
    embedder = load_embedder(settings.EMBEDDER)
    rows = Paper.objects.all().published().order_by("id").values_list("id", "title", "abstract")
    texts = list(rows.iterator(chunk_size=_BATCH))
    vectors = [
        embedder.embed([f"{title}. {abstract}" for _, title, abstract in texts[first : first + _BATCH]])
        for first in range(0, len(texts), _BATCH)
    ]
    index = SearchIndex(
        (count_paper(title, abstract) for _, title, abstract in texts),
        np.concatenate(vectors) if vectors else np.zeros((0, embedder.dimension), dtype=np.float32),
    )
    return Shelf(version, np.array([row[0] for row in texts], dtype=np.int64), index)
