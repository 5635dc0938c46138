"""Search over a catalogue held in memory: scores by words and by meaning, fused. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ranking.archive import Archive
from digest.ranking.facts import Leaf, Narrowing
from digest.ranking.word_table import Vectors
from digest.ranking.words import count_features, split_stems

Scores = NDArray[np.float64]

# So many papers count as found by meaning alone, where they point the same way at all.
NEAREST = 200
_LEAST_LIKENESS = 0.02
# A large archive measures the likeness of so many papers with the asked-for words, beside those that lie near.
_BEST_BY_WORDS = 1_000
_TELLING = 25
ALL = 2**31
_TITLE_WORTH = 2
_MEANING_WORTH = 0.55
_SILENT = 1e-12
_PHRASE = re.compile(r'"([^"]+)"|“([^”]+)”')


@dataclass(frozen=True, slots=True)
class Found:
    """Places of the best papers, best first, whether words led there, and how many papers there are in all."""

    places: NDArray[np.intp]
    scores: Scores
    by_words: NDArray[np.bool_]
    total: int


class SearchIndex:
    """Papers of one or more archives, numbered in their order. What a later archive holds counts as there alone.

    The papers in `without` are never found. `trust` is the embedder's: how much of a say meaning has beside words.
    """

    def __init__(self, archives: Sequence[Archive], *, without: Collection[int] = (), trust: float = 1.0) -> None:
        self.archives = tuple(archives)
        self._meaning_worth = _MEANING_WORTH * trust
        self._starts = np.cumsum([0, *map(len, self.archives)])
        self.ids = np.concatenate([archive.columns.ids for archive in self.archives])
        self._alive = ~np.isin(self.ids, np.fromiter(without, dtype=np.int64))
        for number in range(len(self.archives) - 1):
            later = self.ids[self._starts[number + 1] :]
            self._alive[self._slice(number)] &= ~np.isin(self.archives[number].columns.ids, later)

    def __len__(self) -> int:
        return len(self.ids)

    def find(
        self,
        *,
        bag: Mapping[str, int],
        vector: Vectors,
        allowed: NDArray[np.bool_] | None = None,
        every: bool = False,
        most: int = ALL,
    ) -> Found:
        """Papers that hold a word of the bag or lie near the vector, best first; ties in the order of their ids.

        With `every`, all that are allowed are found.
        """
        open_to = self._alive if allowed is None else self._alive & allowed
        words = self._score_words(bag)
        likeness, spread = self._measure(vector.reshape(-1), words * open_to)
        near = open_to if every else _nearest(np.where(open_to, likeness, -np.inf))
        scores = standardise(words) + self._meaning_worth * spread
        return self._sort(((words > 0) & open_to) | near, scores, words > 0, most)

    def find_similar(self, paper: int, *, bag: Mapping[str, int], most: int) -> Found:
        """The papers most like one of them, itself left out. Raises KeyError where it is not here."""
        archive, row = next((a, row) for a in reversed(self.archives) if (row := a.row_of(paper)) is not None)
        vector = archive.groups.vectors[int(archive.groups.slots[row])]
        return self.find(bag=self._keep_telling(bag), vector=vector, allowed=self.ids != paper, most=most)

    def holds(self, paper: int) -> bool:
        """Whether a paper is here."""
        return any(archive.row_of(paper) is not None for archive in self.archives)

    def holding(self, stems: Collection[str]) -> NDArray[np.bool_]:
        """The papers that hold all of these stems."""
        return np.concatenate([archive.holding(stems) for archive in self.archives])

    def allow(self, narrowing: Narrowing) -> NDArray[np.bool_]:
        """The papers that fit."""
        return np.concatenate([archive.facts.allow(narrowing) for archive in self.archives])

    def _slice(self, number: int) -> slice:
        return slice(int(self._starts[number]), int(self._starts[number + 1]))

    def _score_words(self, bag: Mapping[str, int]) -> Scores:
        """A few new papers cannot tell how rare a word is: the largest archive does."""
        largest = max(self.archives, key=len)
        return np.concatenate([archive.score_words(bag, rarity=largest.rarity) for archive in self.archives])

    def _measure(self, vector: Vectors, words: Scores) -> tuple[Scores, Scores]:
        """Likeness of each paper (minus infinity where it was not looked at), and the same standardised."""
        likeness = np.full(len(self), -np.inf)
        spread = np.zeros(len(self))
        largest = max(self.archives, key=len)
        mean, deviation = largest.groups.spread(vector)
        for number, archive in enumerate(self.archives):
            part = self._slice(number)
            rows, values = archive.groups.measure(vector, also=_best_rows(words[part]))
            likeness[part][rows] = values
            if deviation > _SILENT:
                spread[part][rows] = (values - mean) / deviation
        return likeness, spread

    def _keep_telling(self, bag: Mapping[str, int]) -> Mapping[str, int]:
        """The words of a text that say most about it: the others cost time and change nothing."""
        largest = max(self.archives, key=len)
        worth = {term: np.log2(1 + count) * (largest.rarity(term) or 0.0) for term, count in bag.items()}
        return {term: bag[term] for term in sorted(worth, key=lambda term: (-worth[term], term))[:_TELLING]}

    def _sort(self, hit: NDArray[np.bool_], scores: Scores, by_words: NDArray[np.bool_], most: int) -> Found:
        places = np.flatnonzero(hit)
        total = len(places)
        if total > most:
            bar = np.partition(scores[places], total - most)[total - most]
            places = places[scores[places] >= bar]
        order = np.lexsort((self.ids[places], -scores[places]))[:most]
        places = places[order]
        return Found(places, scores[places], by_words[places], total)


def make_archive(leaves: Sequence[Leaf], vectors: Vectors) -> Archive:
    """An archive of papers in memory."""
    return Archive.empty(vectors.shape[1]).merge(
        leaves, [count_paper(leaf.title, leaf.abstract) for leaf in leaves], vectors
    )


def count_query(query: str) -> Mapping[str, int]:
    """The stems a query asks for, and how often."""
    return count_features(query, pairs=False)


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
    """The nearest papers; minus infinity is never near."""
    known = likeness[np.isfinite(likeness)]
    bar = np.partition(known, -NEAREST)[-NEAREST] if len(known) > NEAREST else -1.0
    return np.asarray(likeness >= max(float(bar), _LEAST_LIKENESS))


def _best_rows(words: Scores) -> NDArray[np.int64]:
    """The rows whose likeness must be known since their words may bring them to the top."""
    hits = np.flatnonzero(words)
    if len(hits) > _BEST_BY_WORDS:
        hits = hits[np.argpartition(-words[hits], _BEST_BY_WORDS)[:_BEST_BY_WORDS]]
    return hits.astype(np.int64)
