"""Chooses from each reader's best papers so that no two say nearly the same and no topic takes all places. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digest.ranking.word_table import Vectors, unit

Places = NDArray[np.intp]

# So many of the best are looked at.
LOOKED_AT = 60
# Likeness is kept in bytes; at the whole of it two papers are the same one, and only the better is shown.
SAME = 127
# What likeness to a paper that stands before costs, beside the scores' span of 1. It grows by the third power:
# nearly the same papers make room, and papers of one field, which a reader of it wants, hardly do.
_COST = 0.45 * (np.arange(SAME + 1) / SAME) ** 3
_TWINS = 0.98
# The most that one topic may take of a digest, as long as there is anything else.
_TOPIC_SHARE = 0.8
_LAST_RESORT = 10.0


def spread_out(
    heads: Places,
    scores: NDArray[np.float64],
    *,
    places: NDArray[np.int64],
    alike: NDArray[np.int8] | None,
    topics: NDArray[np.bool_] | None = None,
) -> Places:
    """For each reader choose papers one by one, each for its score and for being unlike those before it.

    `heads` and `scores`, shape (readers, heads), are best first; -inf marks no paper. `alike` and `topics`
    are by paper, shape (papers, papers) and (papers, topics); `places` says how many each reader gets. Returns
    (readers, most places), -1 for none.
    """
    readers = np.arange(len(heads))
    worth = _scale(scores)
    nearest, likeness = np.zeros(heads.shape, dtype=np.int8), np.empty(heads.shape, dtype=np.int8)
    now, cells = np.empty(heads.shape), np.empty(heads.shape, dtype=np.intp)
    held = np.zeros((len(heads), topics.shape[1] if topics is not None else 0), dtype=np.int64)
    chosen = np.full((len(heads), int(places.max())), -1, dtype=np.intp)
    most = np.ceil(_TOPIC_SHARE * places).astype(np.int64)
    for step in range(min(chosen.shape[1], heads.shape[1])):
        # Every index is in its table: clipping only spares numpy a look at them.
        np.subtract(worth, np.take(_COST, nearest, out=now, mode="clip"), out=now)
        if topics is not None and step >= most.min():
            full = held >= most[:, None]
            rows = np.flatnonzero(full.any(axis=1))
            now[rows] -= _LAST_RESORT * (topics[heads[rows]] & full[rows][:, None, :]).any(axis=2)
        best = np.argmax(now, axis=1)
        picked = heads[readers, best]
        chosen[:, step] = np.where(np.isfinite(worth[readers, best]), picked, -1)
        worth[readers, best] = -np.inf
        if alike is not None:
            np.add(heads, (picked * len(alike))[:, None], out=cells)
            np.take(alike, cells, out=likeness, mode="clip")
            np.maximum(nearest, likeness, out=nearest)
            worth[likeness == SAME] = -np.inf
        if topics is not None:
            held += topics[picked]
    return chosen


def likeness_of(vectors: Vectors) -> NDArray[np.int8]:
    """How alike each two papers are, shape (papers, papers), up to `SAME` for one paper told twice.

    Around their middle, so that what all of them have in common counts for nothing.
    """
    clean = unit(vectors)
    around = unit(clean - clean.mean(axis=0)) if len(clean) else clean
    alike: NDArray[np.int8] = np.rint(np.clip(around @ around.T, 0, 1) * (SAME - 1)).astype(np.int8)
    alike[clean @ clean.T >= _TWINS] = SAME
    return alike


def _scale(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each reader's scores from 0 to 1; no paper stays -inf."""
    counts = np.isfinite(scores).sum(axis=1)
    ends = scores[np.arange(len(scores)), np.maximum(counts - 1, 0)]
    least = np.where(counts > 0, ends, 0)[:, None]
    span = np.where(counts[:, None] > 0, scores[:, :1], 0) - least
    return np.asarray((scores - least) / np.where(span > 0, span, 1), dtype=np.float64)
