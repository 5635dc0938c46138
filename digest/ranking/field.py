"""The candidates of one window, indexed once so that ranking them for each of many readers is cheap."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from digest.ranking.liking import Liking
from digest.ranking.shapes import Candidate

Places = NDArray[np.intp]
Key = TypeVar("Key")


class Field:
    """Candidates in the order given, with the places (indices into that order) each interest touches."""

    def __init__(self, candidates: Sequence[Candidate], liking: Liking | None = None) -> None:
        self.candidates = tuple(candidates)
        # Left out where no reader of the batch liked anything.
        self.liking = liking
        self._keywords: dict[str, Places] = {}

    def __len__(self) -> int:
        return len(self.candidates)

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Paper ids, shape (candidates,)."""
        return np.array([candidate.id for candidate in self.candidates], dtype=np.int64)

    @cached_property
    def trend(self) -> NDArray[np.float64]:
        """Trending numbers above the window's lowest, in doublings of votes, shape (candidates,)."""
        trend = np.array([candidate.trend for candidate in self.candidates], dtype=np.float64)
        return trend - trend.min() if len(trend) else trend

    @cached_property
    def picks(self) -> list[int]:
        """Places of the curators' picks, in the curators' order."""
        chosen = [(c.pick, place) for place, c in enumerate(self.candidates) if c.pick is not None]
        return [place for _, place in sorted(chosen)]

    @cached_property
    def trending(self) -> frozenset[int]:
        """Places of papers that count as trending: with votes, and in the upper quarter of the window."""
        if not len(self):
            return frozenset()
        bar = np.quantile(self.trend, 0.75)
        return frozenset(place for place, c in enumerate(self.candidates) if c.votes and self.trend[place] >= bar)

    @cached_property
    def _topics(self) -> dict[int, Places]:
        return _invert((place, topic) for place, c in enumerate(self.candidates) for topic in c.topics)

    @cached_property
    def _authors(self) -> dict[str, Places]:
        return _invert((place, name.casefold()) for place, c in enumerate(self.candidates) for name in c.authors)

    @cached_property
    def _texts(self) -> list[str]:
        return [f"{c.title}\n{c.abstract}".casefold() for c in self.candidates]

    def with_topic(self, topic: int) -> Places:
        """Places of the papers filed under a topic."""
        return self._topics.get(topic, NOWHERE)

    def with_author(self, name: str) -> Places:
        """Places of the papers by an author of this name, letter case aside."""
        return self._authors.get(name.casefold(), NOWHERE)

    def with_keyword(self, keyword: str) -> Places:
        """Places of the papers whose title or abstract holds a word or phrase as a whole, letter case aside."""
        folded = " ".join(keyword.casefold().split())
        if folded not in self._keywords:
            self._keywords[folded] = self._search(folded)
        return self._keywords[folded]

    def _search(self, folded: str) -> Places:
        if not folded:
            return NOWHERE
        # Letters and digits must not go on at either end; the words inside may be spaced or hyphenated.
        words = r"[\s\-]+".join(re.escape(word) for word in re.split(r"[\s\-]+", folded) if word)
        pattern = re.compile(rf"(?<!\w){words}(?!\w)")
        return np.array([place for place, text in enumerate(self._texts) if pattern.search(text)], dtype=np.intp)


NOWHERE: Places = np.array([], dtype=np.intp)


def _invert(pairs: Iterable[tuple[int, Key]]) -> dict[Key, Places]:
    places: dict[Key, list[int]] = defaultdict(list)
    for place, key in pairs:
        places[key].append(place)
    return {key: np.array(sorted(set(found)), dtype=np.intp) for key, found in places.items()}
