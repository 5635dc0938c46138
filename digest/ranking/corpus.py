"""What a window's papers and those before them teach about words and meaning: rarities, and axes. Pure.

Fitted once per window, whoever its readers are, so that nobody's scores depend on who else is in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import Bag
from digest.ranking.rows import Floats, Rows, stack_bags
from digest.ranking.word_table import Vectors, unit

# BM25's usual constants: how soon repeated words stop counting, how much long texts are held back.
_SATURATION = 1.5
_LENGTH_SHARE = 0.75
# The directions of the words that least squares hold back, found in a sample and sharpened on all.
AXES = 256
_SAMPLE = 1_000
_WIDEST = 20_000
_LEAST_TEXTS = 2
_SHARPENED = 2
_WORDS_RIDGE = 10.0
HASHED = 2_048
# In the joint space meaning stands beside words with so much more of a say.
_MEANING_SHARE = 2.0


@dataclass(frozen=True)
class Papers:
    """Papers as a corpus sees them: words as rows, meaning as vectors around its middle."""

    counts: Rows
    # tf-idf, length one.
    words: Rows
    # How many words and pairs, known or not.
    lengths: Floats
    meaning: Vectors

    def __len__(self) -> int:
        return len(self.lengths)

    def take(self, places: NDArray[np.int64]) -> Papers:
        """Some of the papers, in the order asked for."""
        return Papers(self.counts.take(places), self.words.take(places), self.lengths[places], self.meaning[places])


class Corpus:
    """The texts that rarities and axes are taken from, as bags and vectors of length one."""

    def __init__(self, bags: Sequence[Bag], vectors: Vectors) -> None:
        self.size = len(bags)
        self.vocabulary, self._spread = _number_features(bags)
        self.idf = np.log1p((self.size - self._spread + 0.5) / (self._spread + 0.5)).astype(np.float32)
        self._middle = unit(vectors).mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], dtype=np.float32)
        self.papers = self.take_in(bags, vectors)
        self.usual_length = max(float(self.papers.lengths.mean()), 1e-9) if self.size else 1.0

    def take_in(self, bags: Sequence[Bag], vectors: Vectors) -> Papers:
        """Any papers, of the corpus or not; each is seen without regard to the others."""
        counts, lengths = stack_bags(bags, self.vocabulary)
        values = np.log1p(counts.values) * self.idf[counts.columns]
        norms = np.maximum(self._norm(counts, values * self._is_shared[counts.columns]), self._norm(counts, values) / 2)
        words = counts.with_values(values / np.maximum(norms, 1e-9)[counts.owners])
        told = np.linalg.norm(vectors, axis=1, keepdims=True) > 0
        return Papers(counts, words, lengths, np.where(told, unit(unit(vectors) - self._middle), 0).astype(np.float32))

    @cached_property
    def _is_shared(self) -> NDArray[np.bool_]:
        """Features of several texts. One of a single text must not make a paper's others look small."""
        return self._spread >= _LEAST_TEXTS

    def _norm(self, rows: Rows, values: Floats) -> Floats:
        return np.sqrt(np.bincount(rows.owners, weights=values**2, minlength=len(rows))).astype(np.float32)

    def weigh_bm25(self, papers: Papers) -> Rows:
        """What each word of a paper is worth to a profile that holds it once."""
        held_back = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * papers.lengths / self.usual_length)
        counts = papers.counts.values
        grown = counts * (_SATURATION + 1) / (counts + held_back[papers.counts.owners])
        return papers.counts.with_values(self.idf[papers.counts.columns] * grown)

    @cached_property
    def _axes(self) -> tuple[Floats, Floats]:
        """The strongest directions of the words, shape (vocabulary, axes), and how much least squares takes off."""
        words = self._narrow(self.papers.words)
        sample = words.take(np.linspace(0, self.size - 1, min(self.size, _SAMPLE)).astype(np.int64))
        strengths, weights = np.linalg.eigh(sample.meet(sample.turn()))
        strengths, weights = _strongest(strengths, weights)
        axes = sample.turn().times(weights / np.sqrt(strengths))
        if len(sample) < self.size:
            turned = words.turn()
            for _ in range(_SHARPENED):
                axes = _straighten(turned.times(words.times(axes)))
            lying = words.times(axes)
            strengths, weights = _strongest(*np.linalg.eigh(lying.T @ lying))
            axes = axes @ weights
        return axes.astype(np.float32), (strengths / (strengths + _WORDS_RIDGE)).astype(np.float32)

    def lay_on_axes(self, papers: Papers) -> tuple[Floats, Floats]:
        """Where papers lie on the strongest directions, as they are and held back, both (papers, axes)."""
        axes, taken_off = self._axes
        lying = self._narrow(papers.words).times(axes)
        return lying, lying * taken_off

    def _narrow(self, words: Rows) -> Rows:
        return words.renumber(self._widest, _WIDEST)

    @cached_property
    def _widest(self) -> NDArray[np.int64]:
        """New numbers for the features of the most texts, -1 for the others: rare ones bend no axis."""
        order = np.argsort(-self._spread, kind="stable")[:_WIDEST]
        order = np.sort(order[self._spread[order] >= _LEAST_TEXTS])
        numbers = np.full(len(self.vocabulary), -1, dtype=np.int64)
        numbers[order] = np.arange(len(order))
        return numbers

    def join(self, words: Rows, meaning: Vectors) -> Floats:
        """Meaning and folded words side by side, shape (papers, dimension + HASHED)."""
        columns = (self.vocabulary % HASHED).astype(np.int64)
        signs = (np.where((self.vocabulary // HASHED) % 2, 1.0, -1.0) * self._is_shared).astype(np.float32)
        return np.concatenate([_MEANING_SHARE * meaning, words.fold(columns, signs, HASHED)], axis=1)


def _strongest(strengths: NDArray[np.floating], weights: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """The eigenvalues worth keeping, largest first, with their vectors."""
    kept = np.flatnonzero(strengths > 1e-4 * max(float(strengths.max(initial=0)), 1e-9))[::-1][:AXES]
    return strengths[kept].astype(np.float32), weights[:, kept].astype(np.float32)


def _straighten(axes: Floats) -> Floats:
    """The same span with axes of length one at right angles."""
    strengths, weights = np.linalg.eigh(axes.T.astype(np.float64) @ axes)
    return np.asarray(axes @ (weights / np.sqrt(np.maximum(strengths, 1e-12))), dtype=np.float32)


def _number_features(bags: Sequence[Bag]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All features, ascending, and in how many texts each stands."""
    if not bags:
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    vocabulary, spread = np.unique(np.concatenate([bag.features for bag in bags]), return_counts=True)
    return vocabulary, spread
