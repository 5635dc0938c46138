"""Search over a catalogue held in memory: scores by words and by meaning, fused. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ranking.postings import Postings
from digest.ranking.word_table import Vectors
from digest.ranking.words import count_features, split_stems

Scores = NDArray[np.float64]

# So many papers count as found by meaning alone, where they point the same way at all.
NEAREST = 200
_LEAST_LIKENESS = 0.02
_TITLE_WORTH = 2
_SILENT = 1e-12
_PHRASE = re.compile(r'"([^"]+)"|“([^”]+)”')


@dataclass(frozen=True, slots=True)
class Found:
    """Places of papers, best first, with their scores, and which of them hold a word of the query."""

    places: NDArray[np.intp]
    scores: Scores
    by_words: NDArray[np.bool_]


class SearchIndex:
    """Papers as words and vectors, numbered in the order given."""

    def __init__(self, bags: Iterable[Mapping[str, int]], vectors: Vectors, *, meaning_worth: float = 0.5) -> None:
        self._postings = Postings(bags)
        self._vectors = vectors
        self._meaning_worth = meaning_worth

    def __len__(self) -> int:
        return self._postings.size

    def find(self, *, query: str, vector: Vectors, allowed: NDArray[np.bool_] | None = None) -> Found:
        """Papers that hold a word of the query or lie near its meaning, best first; ties in the order given."""
        words = self._postings.score_bm25(count_features(query, pairs=False))
        likeness = (self._vectors @ vector.reshape(-1)).astype(np.float64)
        hit = (words > 0) | _nearest(likeness)
        if allowed is not None:
            hit &= allowed
        scores = standardise(words) + self._meaning_worth * standardise(likeness)
        return _sort(hit, scores, words > 0)

    def find_similar(self, place: int, *, bag: Mapping[str, int]) -> Found:
        """The papers most like one of them, itself left out."""
        words = self._postings.score_bm25(bag)
        likeness = (self._vectors @ self._vectors[place]).astype(np.float64)
        words[place] = likeness[place] = 0.0
        hit = (words > 0) | _nearest(likeness)
        hit[place] = False
        return _sort(hit, standardise(words) + self._meaning_worth * standardise(likeness), words > 0)


def count_paper(title: str, abstract: str) -> Mapping[str, int]:
    """A paper's bag for the index: the title's words count more."""
    bag = count_features(abstract, pairs=False)
    for word, count in count_features(title, pairs=False).items():
        bag[word] += _TITLE_WORTH * count
    return bag


def split_phrases(query: str) -> list[str]:
    """What stands in quotes, white space collapsed."""
    return [" ".join(phrase.split()) for pair in _PHRASE.findall(query) for phrase in pair if phrase.strip()]


def list_stems(text: str) -> frozenset[str]:
    """The stems a snippet may mark."""
    return frozenset(split_stems(text))


def standardise(scores: Scores) -> Scores:
    """Mean nought, spread one; all nought where all are equal, so that a silent part says nothing."""
    if not scores.shape[-1]:
        return scores
    spread = scores.std(axis=-1, keepdims=True)
    return np.where(spread > _SILENT, (scores - scores.mean(axis=-1, keepdims=True)) / np.maximum(spread, _SILENT), 0.0)


def _nearest(likeness: Scores) -> NDArray[np.bool_]:
    if not len(likeness):
        return np.zeros(0, dtype=np.bool_)
    bar = np.partition(likeness, -NEAREST)[-NEAREST] if len(likeness) > NEAREST else -1.0
    return likeness >= max(float(bar), _LEAST_LIKENESS)


def _sort(hit: NDArray[np.bool_], scores: Scores, by_words: NDArray[np.bool_]) -> Found:
    places = np.flatnonzero(hit)
    places = places[np.argsort(-scores[places], kind="stable")]
    return Found(places, scores[places], by_words[places])
