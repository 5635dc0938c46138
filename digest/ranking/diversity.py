"""Re-ranks the best papers of a list so that no two of its first places say nearly the same. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digest.ranking.word_table import Vectors

# So many of the best are looked at; what stands below them keeps its place.
LOOKED_AT = 60
_RELEVANCE = 0.7


def spread_out(
    order: NDArray[np.intp], scores: NDArray[np.float64], vectors: Vectors, *, places: int
) -> NDArray[np.intp]:
    """Choose the first `places` of an order one by one, each for its score and for being unlike those before it.

    `scores` and `vectors` (of length one) are by place in the field; the rest follows in its old order.
    """
    head = order[:LOOKED_AT]
    if len(head) <= 1:
        return order
    span = float(np.ptp(scores[head])) or 1.0
    relevance = _RELEVANCE * (scores[head] - scores[head].min()) / span
    alike = vectors[head] @ vectors[head].T
    nearest = np.zeros(len(head))
    chosen: list[int] = []
    for _ in range(min(places, len(head))):
        worth = relevance - (1 - _RELEVANCE) * nearest
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        chosen.append(best)
        nearest = np.maximum(nearest, alike[best])
    rest = np.setdiff1d(np.arange(len(head)), chosen)
    return np.concatenate([head[chosen], head[rest], order[LOOKED_AT:]])
