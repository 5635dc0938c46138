"""Which of many vectors point where a query does: grouped by direction, so that few groups are read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ranking.word_table import Vectors, unit

Rows = NDArray[np.int64]

# Below this many vectors all are compared: that is quick, and exact.
GROUPED_FROM = 20_000
_PER_GROUP = 150
_LEARNT_FROM = 12_000
_ROUNDS = 6
# Share of the groups that a query reads.
_READ = 0.15
_LEAST_READ = 8
_CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Groups:
    """Vectors sorted by group. `slots` says where each row of the index stands, `rows` the other way round."""

    centres: Vectors
    starts: Rows
    rows: Rows
    slots: Rows
    vectors: Vectors
    # Mean and second moments of all vectors, so that likeness can be put in relation without reading them all.
    mean: Vectors
    moments: Vectors

    @classmethod
    def of(cls, vectors: Vectors, before: Groups | None = None) -> Groups:
        """Sort vectors into groups. Those of `before` are taken over while they are still about as many as needed."""
        wanted = len(vectors) // _PER_GROUP if len(vectors) >= GROUPED_FROM else 1
        if before is not None and wanted / 2 <= len(before.centres) <= wanted * 2:
            centres = before.centres
        else:
            centres = _learn(vectors, wanted)
        groups = _assign(vectors, centres)
        rows = np.argsort(groups, kind="stable").astype(np.int64)
        slots = np.empty_like(rows)
        slots[rows] = np.arange(len(rows))
        counts = np.bincount(groups, minlength=len(centres))
        return cls(
            centres=centres,
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            rows=rows,
            slots=slots,
            vectors=np.ascontiguousarray(vectors[rows]),
            mean=vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], dtype=np.float32),
            moments=np.asarray(vectors.T @ vectors / max(len(vectors), 1), dtype=np.float32),
        )

    def in_order(self) -> Vectors:
        """The vectors in the index's order."""
        return np.asarray(self.vectors[self.slots])

    def measure(self, vector: Vectors, *, also: Rows) -> tuple[Rows, Vectors]:
        """Rows near a query, and those of `also`, each once, with their likeness to it."""
        parts: list[Rows] = []
        values: list[Vectors] = []
        for group in self._choose(vector):
            first, last = int(self.starts[group]), int(self.starts[group + 1])
            parts.append(self.rows[first:last])
            values.append(_times(self.vectors[first:last], vector))
        read = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        if len(read) == len(self.rows):
            return read, np.concatenate([*values, np.zeros(0, dtype=np.float32)])
        seen = np.zeros(len(self.rows), dtype=np.bool_)
        seen[read] = True
        others = also[~seen[also]]
        values.append(_times(self.vectors[self.slots[others]], vector))
        return np.concatenate([read, others]), np.concatenate(values)

    def spread(self, vector: Vectors) -> tuple[float, float]:
        """Mean and standard deviation of the likeness of all vectors to a query."""
        mean = float(self.mean @ vector)
        return mean, float(np.sqrt(max(float(_times(self.moments, vector) @ vector) - mean * mean, 0.0)))

    def _choose(self, vector: Vectors) -> list[int]:
        count = max(round(len(self.centres) * _READ), _LEAST_READ)
        return [int(group) for group in np.argsort(-_times(self.centres, vector), kind="stable")[:count]]


def _times(rows: Vectors, vector: Vectors) -> Vectors:
    """Rows times a vector, in this thread alone: for so little work others would cost more than they bring."""
    return np.asarray(np.einsum("ij,j->i", rows, vector))


def _learn(vectors: Vectors, wanted: int) -> Vectors:
    """Directions around which the vectors gather: some rounds of k-means over an even sample."""
    if wanted <= 1:
        return np.zeros((1, vectors.shape[1]), dtype=np.float32)
    sample = vectors[:: max(len(vectors) // _LEARNT_FROM, 1)]
    centres = unit(np.array(sample[:: max(len(sample) // wanted, 1)][:wanted]))
    for _ in range(_ROUNDS):
        groups = _assign(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, groups, sample)
        grown = unit(sums)
        centres = np.where(np.any(grown != 0, axis=1, keepdims=True), grown, centres)
    return centres


def _assign(vectors: Vectors, centres: Vectors) -> Rows:
    chunks = [vectors[first : first + _CHUNK] @ centres.T for first in range(0, len(vectors), _CHUNK)]
    found = [np.argmax(chunk, axis=1) for chunk in chunks]
    return np.concatenate([*found, np.zeros(0, dtype=np.int64)]).astype(np.int64)
