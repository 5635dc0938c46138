"""Scores new papers for many readers at once by what each of them liked: words and meaning, blended. Pure.

Everything is linear in the liked papers, so a profile is a sum, a like is one addition, and dislikes
subtract. The method and its weights serve any field; nothing here is trained on a data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ranking.libraries import map_libraries
from digest.ranking.postings import Postings
from digest.ranking.search import standardise
from digest.ranking.word_table import Vectors, unit
from digest.ranking.words import count_features

Scores = NDArray[np.float64]
Places = NDArray[np.int64]

HASHED = 2048
# How firmly the least-squares classifiers are held back, in papers.
_MEANING_RIDGE = 10.0
_WORDS_RIDGE = 10.0
# Profiles with few words, and few likes, trust these parts less.
_WORDS_FADE = 300.0
_LIKES_FADE = 10.0
_WHITE_WORTH = 2.0
# Other readers' libraries count by how many there are.
_LIBRARIES_WORTH = 0.5
_LIBRARIES_FADE = 300.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Papers a reader liked (weights above 0) or disliked (below), as places in the corpus."""

    places: Places
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, places: Sequence[int], weights: Sequence[float] | None = None) -> Profile:
        """A profile from plain lists; without weights all count as one like."""
        given = [1.0] * len(places) if weights is None else weights
        return cls(np.array(places, dtype=np.int64), np.array(given, dtype=np.float32))


class Blend:
    """A corpus of texts with their vectors, of which `new` are to be ranked; pseudo papers (topics) are texts too."""

    def __init__(
        self,
        texts: Sequence[str],
        vectors: Vectors,
        new: Sequence[int],
        libraries: Sequence[Sequence[int]] = (),
    ) -> None:
        self._words = Postings((count_features(text) for text in texts), least_texts=2)
        self.new = np.array(new, dtype=np.int64)
        self._new_words = self._words.narrow(self.new)
        self._meaning = unit(vectors - vectors.mean(axis=0)) if len(vectors) else vectors
        self._libraries = [np.unique(np.array(library, dtype=np.int64)) for library in libraries if len(library) > 1]

    def score(self, profiles: Sequence[Profile]) -> Scores:
        """How well each new paper suits each reader, shape (profiles, new); one reader's do not depend on another's."""
        if not len(self.new) or not profiles:
            return np.zeros((len(profiles), len(self.new)))
        likes = np.array([[float(np.maximum(p.weights, 0).sum())] for p in profiles])
        words = np.array([[float(self._words.lengths[p.places] @ np.abs(p.weights))] for p in profiles])
        meaning = np.stack([p.weights @ self._meaning[p.places] for p in profiles])
        hashed = np.stack([p.weights @ self._hashed[p.places] for p in profiles])
        bm25, cosine = self._score_words(profiles)
        lexical = 0.5 * standardise(bm25) + 0.5 * standardise(cosine) + standardise(_times(hashed, self._words_map))
        total = words / (words + _WORDS_FADE) * lexical
        total += standardise(_times(meaning, self._meaning[self.new].T))
        total += _WHITE_WORTH * likes / (likes + _LIKES_FADE) * standardise(_times(meaning, self._meaning_map))
        if self._libraries:
            share = _LIBRARIES_WORTH * len(self._libraries) / (len(self._libraries) + _LIBRARIES_FADE)
            total += share * standardise(_times(meaning, self._shared_meaning_map))
            total += share * standardise(_times(hashed, self._shared_words_map))
        return np.asarray(total, dtype=np.float64)

    def explain(self, profile: Profile, place: int) -> Scores:
        """The share of each liked paper in what draws a reader to the new paper at `place`, shape (likes,)."""
        target = int(self.new[place])
        meaning = self._meaning[profile.places] @ (self._meaning[target] + self._meaning_map[:, place])
        words = self._hashed[profile.places] @ (self._hashed[target] + self._words_map[:, place])
        return np.asarray(profile.weights * (meaning + words), dtype=np.float64)

    def _score_words(self, profiles: Sequence[Profile]) -> tuple[Scores, Scores]:
        bm25 = np.zeros((len(profiles), len(self.new)))
        cosine = np.zeros_like(bm25)
        for row, profile in enumerate(profiles):
            terms, counts, values = self._words.sum_rows(profile.places, profile.weights)
            asked = (np.sign(counts) * np.log2(1 + np.abs(counts))).astype(np.float32)
            bm25[row] = self._new_words.add_up(terms, asked, self._new_words.bm25_values)
            cosine[row] = self._new_words.add_up(terms, values, self._new_words.cosine_values)
        return bm25, cosine

    @cached_property
    def _hashed(self) -> Vectors:
        """Word rows folded into a fixed number of places, shape (texts, HASHED)."""
        return self._words.fold_rows(HASHED)

    @cached_property
    def _words_map(self) -> Vectors:
        return _whiten(self._hashed, self.new, _WORDS_RIDGE)

    @cached_property
    def _meaning_map(self) -> Vectors:
        return _whiten(self._meaning, self.new, _MEANING_RIDGE)

    @cached_property
    def _shared_meaning_map(self) -> Vectors:
        return map_libraries(self._meaning, self._meaning[self.new], self._libraries)

    @cached_property
    def _shared_words_map(self) -> Vectors:
        return map_libraries(self._hashed, self._hashed[self.new], self._libraries)


def _whiten(corpus: Vectors, new: Places, ridge: float) -> Vectors:
    """Maps a profile to the least-squares answer to "liked, against everything else", shape (dimensions, new)."""
    texts, dimensions = corpus.shape
    if texts < dimensions:
        # The same map by the smaller of two matrices: a week has fewer papers than there are columns.
        gram = corpus @ corpus.T + ridge * np.eye(texts, dtype=np.float32)
        return np.asarray(corpus.T @ np.linalg.solve(gram, np.eye(texts, dtype=np.float32)[:, new]), dtype=np.float32)
    gram = corpus.T @ corpus + ridge * np.eye(dimensions, dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, corpus[new].T), dtype=np.float32)


def _times(profiles: Vectors, columns: Vectors) -> Scores:
    return np.asarray(profiles @ columns, dtype=np.float64)
