"""A text as the numbers of its stems and pairs of stems, with their counts: what is needed of it, and small. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from digest.ranking.words import count_features

# About 25 MB; a worker meets the same papers in range after range.
_REMEMBERED = 8_192


class Bag(NamedTuple):
    """Features as hashes of 32 bits, ascending, each once, and how often each occurs."""

    features: NDArray[np.uint32]
    counts: NDArray[np.float32]


@lru_cache(maxsize=_REMEMBERED)
def fold_text(text: str, *, pairs: bool = True) -> Bag:
    """The bag of a text."""
    counted = count_features(text, pairs=pairs)
    hashes = np.fromiter((crc32(name.encode("utf-8", "replace")) for name in counted), np.uint32, len(counted))
    counts = np.fromiter(counted.values(), np.float32, len(counted))
    features, places = np.unique(hashes, return_inverse=True)
    return Bag(features, np.bincount(places, weights=counts, minlength=len(features)).astype(np.float32))
