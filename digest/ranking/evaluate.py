"""Measures rankings against what readers kept and searchers wanted, on a file of JSON lines. Pure.

The file's lines are papers, readers and queries; see `read_benchmark`. Nothing is ever learnt from
what was held out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RANKED = 100
_TOP = 10
_GZIP = b"\x1f\x8b"

# What should be reached on titles of citeulike by readers with all their likes or so many, and on SciFact by search:
# with the embedded table, with an encoder, and beyond that.
TARGETS: dict[str, dict[str, tuple[float, float, float]]] = {
    "full": {"nDCG@10": (0.235, 0.265, 0.28), "recall@100": (0.58, 0.64, 0.67)},
    "k1": {"nDCG@10": (0.09, 0.11, 0.135), "recall@100": (0.27, 0.35, 0.40)},
    "k3": {"nDCG@10": (0.135, 0.16, 0.17), "recall@100": (0.39, 0.48, 0.53)},
    "k10": {"nDCG@10": (0.18, 0.21, 0.22), "recall@100": (0.50, 0.59, 0.62)},
    "search": {"nDCG@10": (0.87, 0.89, 0.91)},
}
# Spreading out may cost so much of nDCG@10 while a third of the near-duplicates go.
MOST_LOST, LEAST_GONE = 0.02, 1 / 3


class BenchmarkError(Exception):
    """The file cannot be used; the message names the line."""


@dataclass(frozen=True, slots=True)
class BenchmarkPaper:
    """One paper of a benchmark."""

    id: str
    title: str
    abstract: str
    is_new: bool

    @property
    def text(self) -> str:
        """What is read of it."""
        return f"{self.title}. {self.abstract}" if self.abstract else self.title


@dataclass(frozen=True, slots=True)
class Asker:
    """A reader or a query: what is known, and what should be found."""

    id: str
    wanted: frozenset[str]
    likes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Benchmark:
    """A file's content."""

    papers: list[BenchmarkPaper] = field(default_factory=list)
    readers: list[Asker] = field(default_factory=list)
    queries: list[Asker] = field(default_factory=list)


def read_benchmark(path: Path) -> Benchmark:
    """Read a benchmark from JSON lines, gzipped or not; raises BenchmarkError and OSError.

    `{"type": "paper", "id", "title", "abstract", "split": "past" or "new"}`,
    `{"type": "reader", "id", "likes", "topics", "held_out"}`, `{"type": "query", "id", "text", "relevant"}`.
    """
    with path.open("rb") as start:
        is_packed = start.read(2) == _GZIP
    found = Benchmark()
    with gzip.open(path, "rt", encoding="utf-8") if is_packed else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    _take(found, json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise BenchmarkError(f"Line {number} is no paper, reader or query: {error!r}") from None
    if not found.papers:
        raise BenchmarkError("The file holds no papers.")
    return found


def _take(found: Benchmark, row: Mapping[str, Any]) -> None:
    match row["type"]:
        case "paper":
            text = (str(row.get("title") or ""), str(row.get("abstract") or ""))
            found.papers.append(BenchmarkPaper(str(row["id"]), *text, row.get("split") == "new"))
        case "reader":
            likes, topics = tuple(map(str, row.get("likes") or ())), tuple(map(str, row.get("topics") or ()))
            found.readers.append(Asker(str(row["id"]), _names(row, "held_out"), likes, topics))
        case "query":
            found.queries.append(Asker(str(row["id"]), _names(row, "relevant"), text=str(row["text"])))
        case other:
            raise ValueError(f"unknown type {other}")


def _names(row: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(map(str, row.get(key) or ()))


def measure(ranking: Sequence[str], wanted: frozenset[str]) -> dict[str, float]:
    """One ranking's recall at 10, 50 and 100, nDCG at 10 and hit at 10. `wanted` must not be empty."""
    gains = [1 / np.log2(place + 2) for place, name in enumerate(ranking[:_TOP]) if name in wanted]
    best = sum(1 / np.log2(place + 2) for place in range(min(_TOP, len(wanted))))
    recalls = {f"recall@{k}": len(wanted.intersection(ranking[:k])) / len(wanted) for k in (_TOP, 50, RANKED)}
    return {**recalls, "nDCG@10": float(sum(gains) / best), "hit@10": float(bool(gains))}


def average(measured: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure."""
    rows = list(measured)
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} if rows else {}


def tell(measured: Mapping[str, float], group: str, *, with_encoder: bool) -> str:
    """Measures in words, each with its target where there is one."""
    parts = []
    for name, value in measured.items():
        goal = TARGETS.get(group, {}).get(name)
        aims = f" (target {goal[with_encoder]:g}, beyond {goal[2]:g})" if goal else ""
        parts.append(f"{name} {value:.3f}{aims}")
    return ", ".join(parts)


def mean_likeness(vectors: NDArray[np.float32]) -> float:
    """How alike the papers of one list are: the mean cosine of its pairs; 0 for fewer than two."""
    count = len(vectors)
    if count <= 1:
        return 0.0
    total = float((vectors @ vectors.T).sum()) - float((vectors**2).sum())
    return total / (count * (count - 1))
