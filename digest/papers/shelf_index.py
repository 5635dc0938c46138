"""The search engine of this process: a small catalogue is indexed in memory, a large one lies on disk.

Over the large index lie the papers that changed since it was written. A thread reads them every
few seconds while people search, so that no request waits and new papers are found soon.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from time import monotonic

import numpy as np
from django.db import connection
from django.db.models import Count, Max, Q
from django.utils.timezone import now
from numpy.typing import NDArray

from digest.papers.engine import Answer, Match, Wanted
from digest.papers.indexing import SMALL, BusyError, IndexFolder, Manifest, is_news, texts_of
from digest.papers.leaves import Mark, find_changed, read_leaves
from digest.papers.models import Paper, PaperVector
from digest.papers.vectors import current_embedder, load_vectors
from digest.ranking.archive import Archive
from digest.ranking.search import SearchIndex, count_paper, count_query, list_stems, make_archive

logger = logging.getLogger(__name__)

# So many changed papers each process indexes by itself; more wait for the index on disk.
MOST_FRESH = 2_000
# A phrase is looked for in the texts of so many papers that hold all its words.
MOST_CHECKED = 2_000
_SECONDS_BETWEEN_LOOKS = 2.0
# Where no worker grows the index on disk for so long, this process does.
_PATIENCE = 120.0
_BATCH = 500
_WARM = 0.95

# Papers counted, the highest id, the latest change, the latest vector: moves whenever a small catalogue does.
Version = tuple[int, int, datetime | None, datetime | None]
# The index on disk, how many papers changed since, and the last of them: the same for a large one.
Pile = tuple[Manifest, int, Mark | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """An index, what it was made of, and what visitors should know about it."""

    index: SearchIndex
    made_of: Version | Pile
    notice: str = ""
    base: Archive | None = None


class ShelfEngine:
    """Holds the current index and replaces it when the catalogue has moved on."""

    def __init__(self, *, folder: IndexFolder | None = None, small: int = SMALL, at_once: bool = False) -> None:
        """`at_once` looks for news in the asking thread, and always: for tests and measurements."""
        self._folder, self._small, self._at_once = folder, small, at_once
        self._lock = Lock()
        self._shelf: Shelf | None = None
        self._looked_at = float("-inf")
        self._is_looking = False
        self._late_since: float | None = None

    def find(self, wanted: Wanted, *, offset: int, limit: int) -> Answer:
        """Papers by words and meaning; see the protocol."""
        shelf = self.fetch()
        index = shelf.index
        allowed = index.allow(wanted.narrowing) if wanted.narrowing else None
        bag, vector = count_query(wanted.text), current_embedder().embed([wanted.text])
        if wanted.phrases:
            allowed = _with_phrases(index, wanted.phrases, allowed)
        most = MOST_CHECKED if wanted.phrases else offset + limit
        found = index.find(bag=bag, vector=vector, allowed=allowed, every=bool(wanted.phrases), most=most)
        matches = [
            Match(paper, score, by_words)
            for paper, score, by_words in zip(
                index.ids[found.places].tolist(), found.scores.tolist(), found.by_words.tolist(), strict=True
            )
        ]
        total = found.total
        if wanted.phrases:
            matches = _check_phrases(matches, wanted.phrases)
            total = len(matches)
        return Answer(matches[offset : offset + limit], total, shelf.notice)

    def find_similar(self, paper: int, *, limit: int) -> list[int]:
        """The papers most like one; see the protocol."""
        index = self.fetch().index
        text = Paper.objects.filter(pk=paper).values_list("title", "abstract").first()
        if text is None or not index.holds(paper):
            return []
        found = index.find_similar(paper, bag=count_paper(*text), most=limit)
        return [int(pk) for pk in index.ids[found.places]]

    def fetch(self) -> Shelf:
        """An index: always new where the catalogue is small, some seconds old where it is large."""
        shelf = self._shelf
        if shelf is None or shelf.base is None:
            version = read_version()
            if version[0] < self._small:
                return self._fetch_small(version)
            shelf = self._open_large()
        if monotonic() - self._looked_at > _SECONDS_BETWEEN_LOOKS or self._at_once:
            self._look()
        return self._shelf or shelf

    def _fetch_small(self, version: Version) -> Shelf:
        with self._lock:
            if self._shelf is None or self._shelf.made_of != version:
                self._shelf = build_small(version)
            return self._shelf

    def _open_large(self) -> Shelf:
        """What lies on disk, without the latest papers: a matter of milliseconds."""
        with self._lock:
            if self._shelf is None or self._shelf.base is None:
                manifest, base = self._index_folder().open()
                notice = "" if len(base) else "The search index is being built. Names and ids are found already."
                self._shelf = Shelf(
                    SearchIndex([base], trust=current_embedder().trust), (manifest, 0, None), notice, base
                )
            return self._shelf

    def _index_folder(self) -> IndexFolder:
        return self._folder or IndexFolder.current()

    def _look(self) -> None:
        with self._lock:
            if self._is_looking:
                return
            self._is_looking, self._looked_at = True, monotonic()
        if self._at_once:
            self._refresh()
        else:
            Thread(target=self._look_aside, name="search-index", daemon=True).start()

    def _look_aside(self) -> None:
        try:
            self._refresh()
        except Exception:
            # The thread's end; the index stays as it was, and the next look tries again.
            logger.exception("The search index could not be brought up to date.")
        finally:
            connection.close()

    def _refresh(self) -> None:
        try:
            before = self._shelf
            assert before is not None
            folder = self._index_folder()
            base, manifest = before.base, folder.read_manifest()
            if base is None or before.made_of[0] != manifest:
                manifest, base = folder.open()
            changed = find_changed(manifest.changed)
            pile = manifest, changed.count(), changed.values_list("updated_at", "id").last()
            if pile != before.made_of:
                self._shelf = lay_over(base, pile)
            self._help_out(folder, is_late=pile[1] > MOST_FRESH)
        finally:
            self._is_looking = False

    def _help_out(self, folder: IndexFolder, *, is_late: bool) -> None:
        """Grow the index on disk where nobody else does."""
        if not is_late:
            self._late_since = None
            return
        self._late_since = self._late_since or monotonic()
        if monotonic() - self._late_since > _PATIENCE:
            try:
                # A thread of its own is where work starts, like a task.
                folder.extend(now=now())
            except BusyError:
                self._late_since = None


def read_version() -> Version:
    """What a small catalogue looks like at this moment."""
    seen = Paper.objects.all().published().aggregate(n=Count("id"), last=Max("id"), at=Max("updated_at"))
    embedder = current_embedder()
    if embedder.is_quick or seen["n"] >= SMALL:
        return seen["n"], seen["last"] or 0, seen["at"], None
    made = PaperVector.objects.filter(model=embedder.name).aggregate(at=Max("embedded_at"))
    return seen["n"], seen["last"] or 0, seen["at"], made["at"]


def build_small(version: Version) -> Shelf:
    """Index all published papers in memory."""
    leaves = read_leaves(list(Paper.objects.all().published().values_list("pk", flat=True)))
    vectors = load_vectors(texts_of(leaves), stored_only=not current_embedder().is_quick)
    archive = make_archive(leaves, vectors)
    return Shelf(SearchIndex([archive], trust=current_embedder().trust), version, tell_warmth(archive))


def lay_over(base: Archive, pile: Pile) -> Shelf:
    """The index on disk with the papers that changed since, the latest first where they are too many."""
    manifest, waiting, _ = pile
    changed = find_changed(manifest.changed).reverse().values_list("pk", flat=True)[:MOST_FRESH]
    numbers = set(changed)
    leaves = read_leaves(list(numbers))
    new = [leaf for leaf in leaves if is_news(leaf, base)]
    over = make_archive(new, load_vectors(texts_of(new), stored_only=not current_embedder().is_quick))
    index = SearchIndex([base, over], without=numbers - {leaf.id for leaf in leaves}, trust=current_embedder().trust)
    if waiting <= MOST_FRESH:
        return Shelf(index, pile, tell_warmth(base), base)
    total = Paper.objects.all().published().count()
    notice = f"The search index is being built: {min(len(index), total):,} of {total:,} papers so far."
    return Shelf(index, pile, notice, base)


def tell_warmth(archive: Archive) -> str:
    """Says so where meaning cannot be searched yet, since vectors are missing."""
    if not len(archive) or current_embedder().is_quick:
        return ""
    ready = int(np.any(archive.groups.vectors, axis=1).sum())
    if ready >= _WARM * len(archive):
        return ""
    return f"Search by meaning is warming up: {ready:,} of {len(archive):,} papers so far. Words are found already."


def _with_phrases(index: SearchIndex, phrases: tuple[str, ...], allowed: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """The papers that may hold the phrases, by their words; by their texts where the words tell nothing."""
    mask = np.ones(len(index), dtype=np.bool_) if allowed is None else allowed
    for phrase in phrases:
        stems = list_stems(phrase)
        if stems and phrase.isascii():
            mask = mask & index.holding(stems)
        else:
            holders = Paper.objects.filter(_holds(phrase)).values_list("pk", flat=True)
            mask = mask & np.isin(index.ids, np.fromiter(holders, dtype=np.int64))
    return mask


def _check_phrases(matches: list[Match], phrases: tuple[str, ...]) -> list[Match]:
    """Those whose texts hold the phrases as they stand."""
    held: set[int] = set()
    for first in range(0, len(matches), _BATCH):
        papers = Paper.objects.filter(pk__in=[match.paper for match in matches[first : first + _BATCH]])
        for phrase in phrases:
            papers = papers.filter(_holds(phrase))
        held.update(papers.values_list("pk", flat=True))
    return [match for match in matches if match.paper in held]


def _holds(phrase: str) -> Q:
    return Q(title__icontains=phrase) | Q(abstract__icontains=phrase)
