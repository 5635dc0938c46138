"""How much each candidate of a window is like what a reader liked, in doublings of votes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.blend import Blend, Profile
from digest.ranking.search import standardise
from digest.ranking.word_table import Vectors

# A paper one spread above the window's usual likeness is worth as much as one with twice its votes;
# nothing is worth more than a followed author.
_WORTH = 1.0
_MOST = 4.0


class Liking:
    """A window's candidates beside the papers that the batch's readers liked or disliked."""

    def __init__(self, candidates: Sequence[int], texts: Mapping[int, str], vectors: Vectors) -> None:
        """Candidates by paper id; `texts` holds theirs and the liked papers', `vectors` theirs in the same order."""
        self._places = {paper: place for place, paper in enumerate(texts)}
        self.vectors = vectors[[self._places[paper] for paper in candidates]]
        self._blend = Blend(list(texts.values()), vectors, [self._places[paper] for paper in candidates])

    def score(self, papers: Mapping[int, float]) -> NDArray[np.float64]:
        """What a reader's likes (weights above 0) and dislikes (below) add to each candidate, shape (candidates,)."""
        known = self._known(papers)
        if not known:
            return np.zeros(len(self._blend.new))
        scores = self._blend.score([self._profile(known)])[0]
        return np.clip(_WORTH * standardise(scores), -_MOST, _MOST)

    def strongest(self, papers: Mapping[int, float], place: int) -> int | None:
        """The liked paper that draws the reader most to the candidate at `place`; None where none does."""
        known = self._known(papers)
        if not known:
            return None
        shares = self._blend.explain(self._profile(known), place)
        best = int(np.argmax(shares))
        likes = list(known)
        return likes[best] if shares[best] > 0 and known[likes[best]] > 0 else None

    def _known(self, papers: Mapping[int, float]) -> dict[int, float]:
        return {paper: weight for paper, weight in papers.items() if paper in self._places and weight}

    def _profile(self, known: Mapping[int, float]) -> Profile:
        return Profile.of([self._places[paper] for paper in known], list(known.values()))
