"""How much each candidate of a window is like what readers liked, in doublings of votes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import fold_text
from digest.ranking.blend import Blend, Known, Profile, Scores
from digest.ranking.corpus import Corpus
from digest.ranking.rows import Rows
from digest.ranking.search import standardise
from digest.ranking.word_table import Vectors

# What a paper one spread above the window's usual likeness is worth, in doublings of votes: twice that
# where many likes say so, and never more than so much.
_WORTH = 1.5
_MANY = 10.0
_MOST = 6.0
# Liked papers named beside one pick, and how far behind the first the second may be.
_NAMED = 2
_LEAST_SHARE = 0.5
# Below this cosine a reader would not see what two papers have in common, whatever the sum says.
_LEAST_LIKENESS = 0.25

# What is kept of liked papers, in bytes about.
_MET_BYTES = 48_000_000

# A reader's likes: paper id to weight, above 0 liked, below 0 disliked.
Likes = Mapping[int, float]


class Ground:
    """A window's candidates before a background that is the same for every reader; costs seconds, made once.

    `texts` and `vectors` start with the candidates; `libraries` are other readers' papers as places in them.
    """

    def __init__(
        self, texts: Sequence[str], vectors: Vectors, *, candidates: int, libraries: Sequence[NDArray[np.int64]] = ()
    ) -> None:
        corpus = Corpus([fold_text(text) for text in texts], vectors)
        self.blend = Blend(corpus, corpus.papers.take(np.arange(candidates)), libraries)
        self._met: dict[str, _Met] = {}
        self._most_met = max(_MET_BYTES // (4 * max(candidates, 1)), 1)

    def learn(self, texts: Sequence[str], vectors: Vectors) -> Known:
        """Liked papers, ready for scoring; most are liked by many readers, so what was met before is kept."""
        if len(self._met) > self._most_met:
            self._met.clear()
        new = [place for place, text in enumerate(texts) if text not in self._met]
        if new:
            papers = self.blend.corpus.take_in([fold_text(texts[place]) for place in new], vectors[new])
            learnt = self.blend.learn(papers)
            given = learnt.given.astype(np.float16)
            for row, place in enumerate(new):
                part = slice(learnt.words.starts[row], learnt.words.starts[row + 1])
                words = learnt.words.columns[part].astype(np.int32), learnt.words.values[part].copy()
                self._met[texts[place]] = _Met(given[row], learnt.meaning[row], learnt.lengths[row], *words)
        return _gather([self._met[text] for text in texts], self.blend.corpus)


class _Met(NamedTuple):
    """One liked paper as a ground sees it."""

    given: NDArray[np.float16]
    meaning: Vectors
    length: np.float32
    columns: NDArray[np.int32]
    values: Vectors


def _gather(met: Sequence[_Met], corpus: Corpus) -> Known:
    starts = np.concatenate([[0], np.cumsum([len(paper.columns) for paper in met])]).astype(np.int64)
    columns = np.concatenate([paper.columns for paper in met]).astype(np.int64)
    words = Rows(starts, columns, np.concatenate([paper.values for paper in met]), len(corpus.vocabulary))
    given = np.stack([paper.given for paper in met]).astype(np.float32)
    lengths = np.array([paper.length for paper in met], dtype=np.float32)
    return Known(lengths, words, np.stack([paper.meaning for paper in met]), given)


class Liking:
    """What readers liked, seen from a window's ground."""

    def __init__(self, ground: Ground, liked: Mapping[int, str], vectors: Vectors) -> None:
        """Papers by id with their texts, and their vectors in the same order."""
        self._ground = ground
        self._texts = list(liked.values())
        self._vectors = vectors
        self._places = {paper: place for place, paper in enumerate(liked)}

    def weigh(self, readers: Sequence[Likes]) -> Leanings | None:
        """A run of readers' likings, None where nobody likes anything; keep runs within `blend.cut_runs`."""
        known = [
            {paper: weight for paper, weight in likes.items() if self._is_known(paper, weight)} for likes in readers
        ]
        papers = sorted({paper for likes in known for paper in likes})
        if not papers:
            return None
        places = [self._places[paper] for paper in papers]
        learnt = self._ground.learn([self._texts[place] for place in places], self._vectors[places])
        numbers = {paper: number for number, paper in enumerate(papers)}
        profiles = [Profile.of([numbers[p] for p in likes], list(likes.values())) for likes in known]
        scored = self._ground.blend.score_known(learnt, profiles)
        liked = np.array([[sum(max(weight, 0.0) for weight in likes.values())] for likes in known])
        worth = _WORTH * (1 + liked / (liked + _MANY))
        # Bends towards the most without changing the order.
        parts = _MOST * np.tanh(worth * standardise(scored.scores) / _MOST)
        return Leanings(parts, self._ground.blend, learnt, profiles, scored.worth, papers)

    def _is_known(self, paper: int, weight: float) -> bool:
        return paper in self._places and bool(weight) and np.isfinite(weight)


@dataclass(frozen=True, slots=True)
class Leanings:
    """What a run of readers' likes add to each candidate, and whence."""

    # Shape (readers, candidates).
    parts: Scores
    blend: Blend
    known: Known
    profiles: list[Profile]
    worth: Scores
    papers: list[int]

    def name_strongest(self, reader: int, places: NDArray[np.intp]) -> list[list[int]]:
        """For each candidate the liked papers that draw the reader most to it, strongest first; two at most."""
        profile = self.profiles[reader]
        if not len(profile.places):
            return [[] for _ in places]
        shares = self.blend.explain(self.known, profile, self.worth[reader], places)
        shares[profile.weights <= 0] = 0
        shares[self.blend.compare(self.known, profile, places) < _LEAST_LIKENESS] = 0
        best = np.argsort(-shares, axis=0, kind="stable")[:_NAMED]
        named: list[list[int]] = []
        for column, order in enumerate(best.T):
            bar = max(float(shares[order[0], column]) * _LEAST_SHARE, 1e-9)
            named.append([self.papers[profile.places[row]] for row in order if shares[row, column] >= bar])
        return named
