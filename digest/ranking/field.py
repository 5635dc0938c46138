"""The candidates of one window, indexed once so that ranking them for each of many readers is cheap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from digest.ranking.diversity import SAME, likeness_of
from digest.ranking.liking import Liking
from digest.ranking.rows import count_shared
from digest.ranking.shapes import Candidate
from digest.ranking.tastes import Interests
from digest.ranking.word_table import Vectors
from digest.ranking.wording import NOWHERE, Places, Wording
from digest.ranking.words import split_words

Key = TypeVar("Key")

# A topic's usual trend counts fully once this many of its papers are in the window.
_USUAL_AFTER = 8.0
# One paper told twice uses the same words but for so few.
_SHARED_WORDS = 0.8


class Field:
    """Candidates in the order given, with the places (indices into that order) each interest touches."""

    def __init__(
        self, candidates: Sequence[Candidate], liking: Liking | None = None, *, vectors: Vectors | None = None
    ) -> None:
        """`vectors`, shape (candidates, dimension), keep alike papers apart; `liking` is left out without likes."""
        self.candidates = tuple(candidates)
        self.liking = liking
        self._vectors = vectors
        self._interests: Interests | None = None
        self._wording = Wording([f"{c.title}\n{c.abstract}" for c in self.candidates])

    def with_liking(self, liking: Liking | None) -> Field:
        """The same candidates, and all that is known of them, for a batch with other likes."""
        # What is worked out when first asked for is asked for here: a copy's own would be gone with it.
        for known in _SHARED:
            getattr(self, known)
        self.find_interests()
        other = copy(self)
        other.liking = liking
        return other

    def __len__(self) -> int:
        return len(self.candidates)

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Paper ids, shape (candidates,)."""
        return np.array([candidate.id for candidate in self.candidates], dtype=np.int64)

    @cached_property
    def id_set(self) -> frozenset[int]:
        """The same, to ask which of some papers are here."""
        return frozenset(candidate.id for candidate in self.candidates)

    @cached_property
    def place_of(self) -> dict[int, int]:
        """Where a paper stands."""
        return {candidate.id: place for place, candidate in enumerate(self.candidates)}

    @cached_property
    def trend(self) -> NDArray[np.float64]:
        """Trending numbers above the lowest, in doublings of votes, each against what is usual in its topics.

        A field whose papers all get many votes is not better for it: a paper leads that leads its own.
        """
        trend = np.array([candidate.trend for candidate in self.candidates], dtype=np.float64)
        if not len(trend):
            return trend
        surplus = np.zeros(len(self._topics))
        for row, places in enumerate(self._topics.values()):
            known = len(places) / (len(places) + _USUAL_AFTER)
            surplus[row] = known * (trend[places].mean() - trend.mean())
        filed = self.topic_matrix.astype(np.float64)
        trend = trend - filed @ surplus / np.maximum(filed.sum(axis=1), 1)
        return np.asarray(trend - trend.min(), dtype=np.float64)

    @cached_property
    def by_trend(self) -> NDArray[np.intp]:
        """All places, best trending first."""
        return np.argsort(-self.trend, kind="stable")

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
    def topic_matrix(self) -> NDArray[np.bool_]:
        """Which papers are filed under which topics, shape (candidates, topics of the window)."""
        matrix = np.zeros((len(self), len(self._topics)), dtype=np.bool_)
        for column, places in enumerate(self._topics.values()):
            matrix[places, column] = True
        return matrix

    @cached_property
    def alike(self) -> NDArray[np.int8] | None:
        """How alike each two papers are, up to 127 for one paper told twice; None where vectors are unknown.

        Shape (candidates, candidates).
        """
        if self._vectors is None or not len(self):
            return None
        alike = likeness_of(self._vectors)
        twins = np.flatnonzero((alike == SAME).sum(axis=1) > 1)
        texts = [self.candidates[place] for place in twins.tolist()]
        shared, in_both = count_shared([frozenset(split_words(f"{c.title} {c.abstract}")) for c in texts])
        # Short texts can point the same way and still be about two things.
        among = np.ix_(twins, twins)
        alike[among] = np.where(shared < _SHARED_WORDS * in_both, np.minimum(alike[among], SAME - 1), alike[among])
        alike[_equal([" ".join(split_words(c.title)) for c in self.candidates])] = SAME
        return alike

    def find_interests(self) -> Interests:
        """Readers' interests, with the papers of this field that each touches; for one run of readers."""
        if self._interests is None or self._interests.is_full:
            self._interests = Interests(
                topic=self.with_topic,
                keyword=self._wording.find,
                organisation=self.with_organisation,
                author=self.with_author,
            )
        return self._interests

    @cached_property
    def _topics(self) -> dict[int, Places]:
        return _invert((place, topic) for place, c in enumerate(self.candidates) for topic in sorted(c.topics))

    @cached_property
    def _authors(self) -> dict[str, Places]:
        return _invert((place, name.casefold()) for place, c in enumerate(self.candidates) for name in c.authors)

    @cached_property
    def _organisations(self) -> dict[str, Places]:
        named = ((place, c.organisation.casefold()) for place, c in enumerate(self.candidates) if c.organisation)
        return _invert(named)

    def with_topic(self, topic: int) -> Places:
        """Places of the papers filed under a topic."""
        return self._topics.get(topic, NOWHERE)

    def with_author(self, name: str) -> Places:
        """Places of the papers by an author of this name, letter case aside."""
        return self._authors.get(name.casefold(), NOWHERE)

    def with_organisation(self, name: str) -> Places:
        """Places of the papers from an organisation of this name, letter case aside."""
        return self._organisations.get(name.casefold(), NOWHERE)

    def with_keyword(self, keyword: str) -> Places:
        """Places of the papers whose title or abstract holds a word or phrase as a whole, letter case aside."""
        return self._wording.find(keyword)


_SHARED = tuple(name for name, value in vars(Field).items() if isinstance(value, cached_property))


def _equal(names: Sequence[str]) -> NDArray[np.bool_]:
    """Which two names are the same, shape (names, names); empty ones equal nothing."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    column = np.array([numbers[name] for name in names])
    told = np.array([bool(name) for name in names])
    return np.asarray((column[:, None] == column) & told[:, None] & told, dtype=np.bool_)


def _invert(pairs: Iterable[tuple[int, Key]]) -> dict[Key, Places]:
    places: dict[Key, list[int]] = defaultdict(list)
    for place, key in pairs:
        places[key].append(place)
    return {key: np.array(sorted(set(found)), dtype=np.intp) for key, found in places.items()}
