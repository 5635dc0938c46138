"""A search index as arrays, grown by merging papers into it; in a folder, memory-mapped, where it is large. Pure.

One archive never changes: growing one makes another. So any number of processes read it at once,
and one that is deleted stays readable for those that have it open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.ranking.facts import Facts, Leaf
from digest.ranking.nearest import Groups
from digest.ranking.postings import Floats, weigh_bm25
from digest.ranking.word_table import Vectors

_TERMS = "terms.txt"
_LARGEST_COUNT = 65_535


@dataclass(frozen=True, slots=True)
class Columns:
    """The inverted index: for each term (from `starts`) the rows that hold it, how often, and their BM25 shares."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]
    values: Floats
    idf: Floats


class Archive:
    """Papers by ascending id, as words, facts and vectors."""

    def __init__(self, terms: Sequence[str], columns: Columns, facts: Facts, groups: Groups) -> None:
        self.known = {term: number for number, term in enumerate(terms)}
        self.columns, self.facts, self.groups = columns, facts, groups

    @classmethod
    def empty(cls, dimension: int) -> Archive:
        """An archive without papers."""
        none = np.zeros(0, dtype=np.int64)
        nothing = np.zeros(0, dtype=np.float32)
        starts = np.zeros(1, dtype=np.int64)
        columns = Columns(none, starts, none.astype(np.int32), none.astype(np.uint16), nothing, nothing)
        return cls([], columns, Facts.of([]), Groups.of(np.zeros((0, dimension), dtype=np.float32)))

    @classmethod
    def open(cls, folder: Path) -> Archive:
        """The archive of a folder. Raises OSError or ValueError where it is not whole."""
        terms = (folder / _TERMS).read_text(encoding="utf-8").split("\n")
        parts = (_load(folder, part) for part in (Columns, Facts, Groups))
        return cls(terms[:-1], *parts)

    def write(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir(parents=True)
        # A line's end cannot be part of a stem.
        (folder / _TERMS).write_text("".join(f"{term}\n" for term in self.known), encoding="utf-8")
        for part in (self.columns, self.facts, self.groups):
            for field in fields(part):
                np.save(_file(folder, type(part), field.name), getattr(part, field.name))

    def __len__(self) -> int:
        return len(self.columns.ids)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.groups.vectors.shape[1])

    def row_of(self, paper: int) -> int | None:
        """Where a paper stands."""
        row = int(np.searchsorted(self.columns.ids, paper))
        return row if row < len(self) and self.columns.ids[row] == paper else None

    def rarity(self, term: str) -> float | None:
        """The inverse frequency of a term; None where no paper holds it."""
        number = self.known.get(term)
        return None if number is None else float(self.columns.idf[number])

    def score_words(
        self, bag: Mapping[str, int], *, rarity: Callable[[str], float | None] | None = None
    ) -> NDArray[np.float64]:
        """BM25 of each paper for a bag of stems; repeated ones count by the logarithm. `rarity` may replace ours."""
        scores = np.zeros(len(self), dtype=np.float64)
        for term, count in bag.items():
            number = self.known.get(term)
            if number is None:
                continue
            run = slice(int(self.columns.starts[number]), int(self.columns.starts[number + 1]))
            worth = float(np.log2(1 + count))
            if rarity and (other := rarity(term)) is not None:
                worth *= other / max(float(self.columns.idf[number]), 1e-9)
            # No row occurs twice in the run of a term, so plain indexing adds up.
            scores[self.columns.rows[run]] += worth * self.columns.values[run]
        return scores

    def holding(self, terms: Collection[str]) -> NDArray[np.bool_]:
        """The papers that hold all of these stems."""
        held = np.ones(len(self), dtype=np.bool_)
        for term in terms:
            number = self.known.get(term)
            here = np.zeros(len(self), dtype=np.bool_)
            if number is not None:
                here[self.columns.rows[int(self.columns.starts[number]) : int(self.columns.starts[number + 1])]] = True
            held &= here
        return held

    def merge(
        self, leaves: Sequence[Leaf], bags: Sequence[Mapping[str, int]], vectors: Vectors, *, gone: Collection[int] = ()
    ) -> Archive:
        """Another archive, with these papers put in or exchanged, and those that are gone left out."""
        new_ids = np.array([leaf.id for leaf in leaves], dtype=np.int64)
        out = np.concatenate([new_ids, np.fromiter(gone, dtype=np.int64)])
        kept = np.flatnonzero(~np.isin(self.columns.ids, out))
        ids = np.concatenate([self.columns.ids[kept], new_ids])
        order = np.argsort(ids, kind="stable")
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        known = dict(self.known)
        fresh = _number(bags, known)
        old_terms, old_rows, old_counts = self._entries(kept)
        terms = np.concatenate([old_terms, fresh[0]])
        rows = place[np.concatenate([old_rows, fresh[1] + np.int32(len(kept))])]
        counts = np.concatenate([old_counts, fresh[2]])
        # Old entries are sorted already and keep their order, which a stable sort makes the most of.
        sorting = np.argsort(terms.astype(np.int64) * max(len(ids), 1) + rows, kind="stable")
        columns = _weigh(ids[order], terms[sorting], rows[sorting], counts[sorting], len(known))
        whole = np.concatenate([self.groups.in_order()[kept], vectors]).astype(np.float32)[order]
        facts = self.facts.take(kept).join(Facts.of(leaves)).take(order.astype(np.int64))
        return Archive(list(known), columns, facts, Groups.of(whole, self.groups))

    def _entries(self, kept: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
        """Terms, rows and counts of the rows that stay, rows numbered anew."""
        moved = np.full(len(self), -1, dtype=np.int32)
        moved[kept] = np.arange(len(kept), dtype=np.int32)
        runs = np.diff(self.columns.starts)
        terms = np.repeat(np.arange(len(runs), dtype=np.int32), runs)
        rows = moved[self.columns.rows] if len(self) else np.zeros(0, dtype=np.int32)
        stays = rows >= 0
        return terms[stays], rows[stays], np.asarray(self.columns.counts)[stays]


def _number(
    bags: Sequence[Mapping[str, int]], known: dict[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
    """Terms, rows and counts of bags; terms that are not known yet get the next numbers."""
    terms = [known.setdefault(term, len(known)) for bag in bags for term in bag]
    counts = [min(count, _LARGEST_COUNT) for bag in bags for count in bag.values()]
    rows = np.repeat(np.arange(len(bags), dtype=np.int32), [len(bag) for bag in bags])
    return np.array(terms, dtype=np.int32), rows.astype(np.int32), np.array(counts, dtype=np.uint16)


def _weigh(
    ids: NDArray[np.int64],
    terms: NDArray[np.int32],
    rows: NDArray[np.int32],
    counts: NDArray[np.uint16],
    known: int,
) -> Columns:
    spread = np.bincount(terms, minlength=known)
    idf, values = weigh_bm25(terms=terms, texts=rows, counts=counts.astype(np.float32), spread=spread, size=len(ids))
    starts = np.concatenate([[0], np.cumsum(spread)]).astype(np.int64)
    return Columns(ids=ids, starts=starts, rows=rows, counts=counts, values=values, idf=idf)


def _load(folder: Path, part: type[Any]) -> Any:
    # As plain arrays over the mapped memory: slicing numpy's own kind is slow.
    return part(
        **{each.name: np.asarray(np.load(_file(folder, part, each.name), mmap_mode="r")) for each in fields(part)}
    )


def _file(folder: Path, part: type[Any], column: str) -> Path:
    return folder / f"{part.__name__.lower()}-{column.replace('_', '-')}.npy"
