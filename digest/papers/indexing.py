"""Keeps the large search index on disk and grows it: one process at a time writes, all others read.

A manifest names the archive that counts and how far it reads. It is replaced in one step, so a
crash leaves the index as it was, and a broken build goes on where it ended.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from django.conf import settings

from digest.papers.leaves import Mark, list_changed, list_embedded, read_leaves
from digest.papers.models import Paper
from digest.papers.vectors import current_embedder, load_vectors, text_of
from digest.ranking.archive import Archive
from digest.ranking.embed import Embedder
from digest.ranking.facts import Leaf
from digest.ranking.search import count_paper

# Below this many papers each process indexes all of them in memory, which is quicker than anything else.
SMALL = 2_000
# So many papers are taken in at once: it bounds memory, and what a crash costs.
STEP = 10_000
# Fewer changes than these can wait, each process reads them by itself, but not for ever.
WORTH_WRITING = 500
_LONGEST_WAIT = timedelta(hours=1)
# A transaction may commit a row some time after the moment that the row names.
_SETTLED_AFTER = timedelta(seconds=60)
_KEPT = 2


class BusyError(Exception):
    """Another process is writing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which folder holds the archive, and up to which changes of papers and of vectors it reads."""

    folder: str = ""
    changed: Mark | None = None
    embedded: Mark | None = None


class IndexFolder:
    """The folder of one embedder's index."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder, self.embedder = folder, embedder
        self._manifest = folder / "manifest.json"

    @classmethod
    def current(cls) -> IndexFolder:
        """The one of the settings."""
        embedder = current_embedder()
        name = re.sub(r"[^A-Za-z0-9]+", "-", embedder.name)
        return cls(Path(settings.VAR_DIR) / "search" / f"{name}-{embedder.dimension}", embedder)

    def read_manifest(self) -> Manifest:
        """What counts at this moment; an empty one before the first build, or where it cannot be read."""
        try:
            told = json.loads(self._manifest.read_text(encoding="utf-8"))
            return Manifest(told["folder"], _read_mark(told["changed"]), _read_mark(told["embedded"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Manifest()

    def open(self) -> tuple[Manifest, Archive]:
        """What counts, and its archive. A damaged one counts as none and is built anew."""
        # A second look, since the first one's folder may have been exchanged in between.
        for _ in range(2):
            manifest = self.read_manifest()
            if manifest.folder:
                with suppress(OSError, ValueError, TypeError):
                    return manifest, Archive.open(self.folder / manifest.folder)
        return Manifest(), Archive.empty(self.embedder.dimension)

    def extend(self, *, now: datetime, whole: bool = False) -> int:
        """Take in the next papers that changed; how many there were, 0 where it is not worth writing yet.

        `whole` takes in however few. Raises BusyError while another process does this.
        """
        with self._lock():
            manifest, archive = self.open()
            until = now - _SETTLED_AFTER
            changed = list_changed(since=manifest.changed, until=until, limit=STEP)
            embedded = self._list_embedded(manifest, until)
            is_due = manifest.changed is None or manifest.changed[0] < until - _LONGEST_WAIT
            if not changed and not embedded:
                return 0
            if len(changed) + len(embedded) < WORTH_WRITING and not is_due and not whole:
                return 0
            moved = replace(
                manifest,
                changed=changed[-1] if changed else manifest.changed,
                embedded=embedded[-1] if embedded else manifest.embedded,
            )
            self._take_in(archive, moved, {pk for _, pk in changed}, {pk for _, pk in embedded})
            return len(changed) + len(embedded)

    def _list_embedded(self, manifest: Manifest, until: datetime) -> list[Mark]:
        # A quick embedder makes what is not stored yet on the spot, so its papers come with their vectors.
        if self.embedder.is_quick:
            return []
        return list_embedded(embedder=self.embedder, since=manifest.embedded, until=until, limit=STEP)

    def _take_in(self, archive: Archive, manifest: Manifest, changed: set[int], embedded: set[int]) -> None:
        leaves = read_leaves(list(changed | embedded))
        gone = (changed | embedded) - {leaf.id for leaf in leaves} | find_vanished(archive)
        new = [leaf for leaf in leaves if leaf.id in embedded or is_news(leaf, archive)]
        if not new and not any(archive.row_of(paper) is not None for paper in gone):
            self._write_manifest(manifest)
            return
        vectors = load_vectors(texts_of(new), stored_only=not self.embedder.is_quick)
        grown = archive.merge(new, [count_paper(leaf.title, leaf.abstract) for leaf in new], vectors, gone=gone)
        numbers = [int(each.name) for each in self.folder.iterdir() if each.name.isdecimal()]
        folder = self.folder / f"{max(numbers, default=0) + 1:06}"
        grown.write(folder)
        self._write_manifest(replace(manifest, folder=folder.name))
        for number in sorted(numbers)[: 1 - _KEPT]:
            shutil.rmtree(self.folder / f"{number:06}", ignore_errors=True)

    def _write_manifest(self, manifest: Manifest) -> None:
        marks = {"changed": _write_mark(manifest.changed), "embedded": _write_mark(manifest.embedded)}
        draft = self._manifest.with_suffix(".new")
        draft.write_text(json.dumps({"folder": manifest.folder, **marks}), encoding="utf-8")
        draft.replace(self._manifest)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as held:
            try:
                flock(held, LOCK_EX | LOCK_NB)
            except OSError:
                raise BusyError from None
            yield


def needs_folder() -> bool:
    """Whether the catalogue is large enough for an index on disk, and the engine one that uses it."""
    own = settings.SEARCH_ENGINE.endswith(".ShelfEngine")
    return own and Paper.objects.all().published().count() >= SMALL


def texts_of(leaves: list[Leaf]) -> dict[int, str]:
    """What of papers is embedded, by id."""
    return {leaf.id: text_of(leaf.title, leaf.abstract) for leaf in leaves}


def is_news(leaf: Leaf, archive: Archive) -> bool:
    """Whether an archive does not hold a paper as it is now: a vote changes nothing here."""
    row = archive.row_of(leaf.id)
    return row is None or int(archive.facts.digests[row]) != leaf.digest()


def find_vanished(archive: Archive) -> set[int]:
    """Papers that an archive holds and that are no longer published, where there seem to be any."""
    published = Paper.objects.all().published()
    if published.count() >= len(archive):
        return set()
    return set(archive.columns.ids.tolist()) - set(published.values_list("pk", flat=True))


def _read_mark(told: list[object] | None) -> Mark | None:
    return (datetime.fromisoformat(str(told[0])), int(str(told[1]))) if told else None


def _write_mark(mark: Mark | None) -> list[object] | None:
    return [mark[0].isoformat(), mark[1]] if mark else None
