"""What other readers keep together, as a map from a profile to scores of new papers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.word_table import Vectors

_RIDGE = 10.0
# How much a paper stands for itself beside those kept together with it.
_SELF = 0.01


def map_libraries(corpus: Vectors, new: Vectors, libraries: Sequence[NDArray[np.int64]]) -> Vectors:
    """Shape (dimensions, new). Large libraries count less per pair, and so do papers that everybody keeps.

    Least squares on both sides of "kept together": from the profile's features to papers, and from
    papers to the new ones' features. `libraries` hold places in the corpus, each once.
    """
    kept_by = np.bincount(np.concatenate(libraries), minlength=len(corpus))
    rarity = (1 / np.sqrt(np.maximum(kept_by, 1))).astype(np.float32)
    sizes = np.array([len(library) for library in libraries], dtype=np.float32)
    # A paper says nothing about itself by lying beside itself.
    alone = np.full(len(corpus), _SELF, dtype=np.float32)
    for library, size in zip(libraries, sizes, strict=True):
        alone[library] -= rarity[library] ** 2 / size
    if len(corpus) < corpus.shape[1]:
        return _map_by_papers(corpus, new, libraries, rarity, alone)
    sums = np.stack([rarity[library] @ corpus[library] for library in libraries])
    together = sums.T @ (sums / sizes[:, None]) + corpus.T @ (corpus * alone[:, None])
    gram = corpus.T @ corpus + _RIDGE * np.eye(corpus.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, together @ np.linalg.solve(gram, new.T)), dtype=np.float32)


def _map_by_papers(
    corpus: Vectors, new: Vectors, libraries: Sequence[NDArray[np.int64]], rarity: Vectors, alone: Vectors
) -> Vectors:
    """The same with matrices as large as the corpus, where it has fewer papers than there are dimensions."""
    together = np.diag(alone)
    for library in libraries:
        together[np.ix_(library, library)] += np.outer(rarity[library], rarity[library]) / len(library)
    likeness = corpus @ corpus.T
    ridged = likeness + _RIDGE * np.eye(len(corpus), dtype=np.float32)
    # (F'F + r)^-1 of any new row: what of it lies outside the corpus' span meets nothing in between.
    reached = np.linalg.solve(ridged, corpus @ new.T)
    return np.asarray(corpus.T @ np.linalg.solve(ridged, together @ reached), dtype=np.float32)
