"""What a search may be narrowed by, as columns over papers in the index's order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Leaf:
    """All that an index takes in of one paper. `day` counts from 0001-01-01, as `date.toordinal` does."""

    id: int
    title: str
    abstract: str
    day: int
    source: str = ""
    organisation: str = ""
    submitter: str = ""
    has_code: bool = False
    topics: tuple[int, ...] = ()

    def digest(self) -> int:
        """A number that moves when anything here does."""
        return number_of(repr((self.title, self.abstract, self.day, self.has_code, sorted(self.topics), self.origin)))

    @property
    def origin(self) -> tuple[str, str, str]:
        """Source, organisation, submitter."""
        return self.source, self.organisation, self.submitter


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What found papers must have; empty parts ask nothing. Days count as in a leaf, both ends included."""

    topic: int | None = None
    source: str = ""
    organisation: str = ""
    submitter: str = ""
    first_day: int | None = None
    last_day: int | None = None
    with_code: bool = False

    def __bool__(self) -> bool:
        return self != Narrowing()


@dataclass(frozen=True, slots=True)
class Facts:
    """One row a paper; topics as pairs of a topic and a row, sorted by topic. Names are kept as numbers."""

    days: NDArray[np.int32]
    sources: NDArray[np.int64]
    organisations: NDArray[np.int64]
    submitters: NDArray[np.int64]
    with_code: Mask
    digests: NDArray[np.int64]
    topics: NDArray[np.int64]
    topic_rows: NDArray[np.int32]

    @classmethod
    def of(cls, leaves: Sequence[Leaf]) -> Facts:
        """The facts of papers, in their order."""
        filed = [(topic, row) for row, leaf in enumerate(leaves) for topic in leaf.topics]
        return cls(
            days=np.array([leaf.day for leaf in leaves], dtype=np.int32),
            sources=_numbers(leaf.source for leaf in leaves),
            organisations=_numbers(leaf.organisation for leaf in leaves),
            submitters=_numbers(leaf.submitter for leaf in leaves),
            with_code=np.array([leaf.has_code for leaf in leaves], dtype=np.bool_),
            digests=np.array([leaf.digest() for leaf in leaves], dtype=np.int64),
            topics=np.array([topic for topic, _ in filed], dtype=np.int64),
            topic_rows=np.array([row for _, row in filed], dtype=np.int32),
        ).sort()

    def take(self, rows: NDArray[np.int64]) -> Facts:
        """Some rows, in the order given."""
        moved = np.full(len(self.days), -1, dtype=np.int32)
        moved[rows] = np.arange(len(rows), dtype=np.int32)
        kept = moved[self.topic_rows] >= 0 if len(self.days) else np.zeros(0, dtype=np.bool_)
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return Facts(**columns, topics=self.topics[kept], topic_rows=moved[self.topic_rows[kept]]).sort()

    def join(self, other: Facts) -> Facts:
        """These rows, then the other's."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS
        }
        rows = np.concatenate([self.topic_rows, other.topic_rows + np.int32(len(self.days))])
        return Facts(**columns, topics=np.concatenate([self.topics, other.topics]), topic_rows=rows).sort()

    def allow(self, narrowing: Narrowing) -> Mask:
        """The rows that fit."""
        mask = np.ones(len(self.days), dtype=np.bool_)
        for column, name in ((self.sources, "source"), (self.organisations, "organisation")):
            mask &= _fits(column, getattr(narrowing, name))
        mask &= _fits(self.submitters, narrowing.submitter)
        if narrowing.topic is not None:
            first, last = np.searchsorted(self.topics, [narrowing.topic, narrowing.topic + 1])
            filed = np.zeros(len(self.days), dtype=np.bool_)
            filed[self.topic_rows[first:last]] = True
            mask &= filed
        if narrowing.first_day is not None:
            mask &= self.days >= narrowing.first_day
        if narrowing.last_day is not None:
            mask &= self.days <= narrowing.last_day
        return mask & self.with_code if narrowing.with_code else mask

    def sort(self) -> Facts:
        """The same, its pairs in order."""
        order = np.lexsort((self.topic_rows, self.topics))
        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        return Facts(**columns, topics=self.topics[order], topic_rows=self.topic_rows[order])


_COLUMNS = [field.name for field in fields(Facts) if not field.name.startswith("topic")]


def number_of(name: str) -> int:
    """A name as a number of 64 bits; two names of one catalogue have the same by no chance that matters."""
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little", signed=True)


def _numbers(names: Iterable[str]) -> NDArray[np.int64]:
    return np.array([number_of(name) for name in names], dtype=np.int64)


def _fits(column: NDArray[np.int64], name: str) -> Mask | np.bool_:
    return column == number_of(name) if name else np.True_
