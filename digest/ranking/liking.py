"""How much each candidate of a window is like what readers liked, in doublings of votes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import fold_text
from digest.ranking.blend import Blend, Known, Profile, Scores
from digest.ranking.corpus import Corpus
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
# Below this a reader would not see what two papers have in common, whatever the sum says.
_LEAST_LIKENESS = 0.5

# What is kept of liked papers, in bytes about.
_MET_BYTES = 96_000_000

# A reader's likes: paper id to weight, above 0 liked, below 0 disliked.
Likes = Mapping[int, float]


class Ground:
    """A window's candidates before a background that is the same for every reader; costs seconds, made once.

    `texts` and `vectors` start with the candidates; `libraries` are other readers' papers as places in them.
    """

    def __init__(
        self,
        texts: Sequence[str],
        vectors: Vectors,
        *,
        candidates: int,
        libraries: Sequence[NDArray[np.int64]] = (),
        trust: float = 1.0,
    ) -> None:
        corpus = Corpus([fold_text(text) for text in texts], vectors)
        self.blend = Blend(corpus, corpus.papers.take(np.arange(candidates)), libraries, trust=trust)
        self._most_met = max(_MET_BYTES // (12 * max(candidates, 1)), 1)
        self._met = _Met()
        self._lock = Lock()

    def learn(self, texts: Sequence[str], vectors: Vectors) -> tuple[Known, list[int]]:
        """Liked papers, ready for scoring, and where each stands. Most are liked by many, so what was met is kept."""
        with self._lock:
            met = self._met
            new = [place for place, text in enumerate(texts) if text not in met.rows]
            if new and len(met.rows) + len(new) > self._most_met:
                # What others still hold of the old one stays as it is.
                met = self._met = _Met()
                new = list(range(len(texts)))
            # Of texts that are the same, one is enough.
            new = list({texts[place]: place for place in new}.values())
            if new:
                papers = self.blend.corpus.take_in([fold_text(texts[place]) for place in new], vectors[new])
                met.add([texts[place] for place in new], self.blend.learn(papers))
            return met.known(), [met.rows[text] for text in texts]


class _Met:
    """Liked papers as a ground sees them, one under the other; rows once written never change."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._parts: list[Vectors] = []

    def add(self, texts: Sequence[str], learnt: Known) -> None:
        """Put papers below those that are there."""
        start, stop = len(self.rows), len(self.rows) + len(texts)
        added = (learnt.lengths, learnt.meaning, learnt.given, learnt.spreads)
        if not self._parts or stop > len(self._parts[0]):
            # Room for twice as many: those who read the old arrays go on with them.
            held = self._parts or [part[:0] for part in added]
            self._parts = [
                np.concatenate([part[:start], np.empty((2 * stop - start, *part.shape[1:]), np.float32)])
                for part in held
            ]
        for part, values in zip(self._parts, added, strict=True):
            part[start:stop] = values
        self.rows.update(zip(texts, range(start, stop), strict=True))

    def known(self) -> Known:
        """All of them."""
        return Known(*self._parts)


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
        said = [[(paper, likes[paper]) for paper in sorted(likes)] for likes in readers]
        kept = [[(paper, weight) for paper, weight in likes if self._is_known(paper, weight)] for likes in said]
        papers = list({paper for likes in kept for paper, _ in likes})
        if not papers:
            return None
        places = [self._places[paper] for paper in papers]
        known, rows = self._ground.learn([self._texts[place] for place in places], self._vectors[places])
        row_of = dict(zip(papers, rows, strict=True))
        # Sums go by the papers' numbers, whoever asked for which of them first.
        profiles = [
            Profile(
                np.array([row_of[paper] for paper, _ in likes], dtype=np.int64),
                np.array([weight for _, weight in likes], dtype=np.float32),
            )
            for likes in kept
        ]
        scored = self._ground.blend.score_known(known, profiles)
        liked = np.array([[sum(max(weight, 0.0) for _, weight in likes)] for likes in kept])
        worth = _WORTH * (1 + liked / (liked + _MANY))
        # Bends towards the most without changing the order.
        parts = _MOST * np.tanh(worth * standardise(scored.scores.astype(np.float64)) / _MOST)
        return Leanings(
            parts, self._ground.blend, known, profiles, scored.worth, [[p for p, _ in likes] for likes in kept]
        )

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
    worth: Vectors
    # Whose papers each profile's are.
    papers: list[list[int]]

    def name_strongest(self, reader: int, places: NDArray[np.intp]) -> list[list[int]]:
        """For each candidate the liked papers that draw the reader most to it, strongest first; two at most."""
        profile = self.profiles[reader]
        if not len(profile.places):
            return [[] for _ in places]
        shares, likeness = self.blend.explain(self.known, profile, self.worth[reader], places)
        shares[(profile.weights[:, None] <= 0) | (likeness < _LEAST_LIKENESS)] = 0
        best = np.argsort(-shares, axis=0, kind="stable")[:_NAMED]
        most = np.take_along_axis(shares, best, axis=0)
        named = most >= np.maximum(most[0] * _LEAST_SHARE, 1e-9)
        papers = self.papers[reader]
        return [
            [papers[row] for row, is_named in zip(*column, strict=True) if is_named]
            for column in zip(best.T.tolist(), named.T.tolist(), strict=True)
        ]
