"""What many readers follow and mute, as numbers over a field's papers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digest.ranking.field import Field
from digest.ranking.shapes import Reason, Taste
from digest.ranking.wording import Places

TOPIC_WORTH = 2.0
KEYWORD_WORTH = 3.0
ORGANISATION_WORTH = 3.0
AUTHOR_WORTH = 4.0


class Touched:
    """Readers' interests with the papers that each touches, laid out flat."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._rows: list[int] = []
        self._places: list[Places] = []
        self.amounts: list[float] = []
        self.reasons: list[Reason] = []

    def add(self, row: int, places: Places, amount: float, reason: Reason) -> None:
        """What one reader's interest adds to the papers it touches."""
        if len(places):
            self._rows.append(row)
            self._places.append(places)
            self.amounts.append(amount)
            self.reasons.append(reason)

    def spell_out(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """For each touched paper its cell in a table of readers and papers, and the number of the interest."""
        if not self._rows:
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64)
        sizes = np.fromiter(map(len, self._places), np.int64, len(self._places))
        cells = np.repeat(np.array(self._rows, dtype=np.intp) * self._shape[1], sizes)
        return cells + np.concatenate(self._places), np.repeat(np.arange(len(sizes)), sizes)

    def sum(self) -> NDArray[np.float64]:
        """The amounts by reader and paper."""
        cells, numbers = self.spell_out()
        size = self._shape[0] * self._shape[1]
        amounts = np.array(self.amounts, dtype=np.float64)[numbers]
        return np.bincount(cells, weights=amounts, minlength=size).astype(np.float64).reshape(self._shape)

    def greatest(self) -> NDArray[np.float64]:
        """The largest amount by reader and paper."""
        cells, numbers = self.spell_out()
        # Written smallest first, so that the largest stays.
        order = np.argsort(np.array(self.amounts)[numbers], kind="stable") if len(cells) else numbers
        most = np.zeros(self._shape[0] * self._shape[1])
        most[cells[order]] = np.array(self.amounts)[numbers[order]]
        return most.reshape(self._shape)


@dataclass(frozen=True, slots=True)
class Parts:
    """Shape (readers, candidates): what follows add to each paper, and whether it may be shown at all."""

    follows: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    # How many papers are open to each reader.
    open_to: NDArray[np.int64]
    # Where `follows` comes from.
    touched: tuple[Touched, Touched]


def weigh_tastes(field: Field, tastes: Sequence[Taste]) -> Parts:
    """Add up what readers follow; close what they mute, were sent, or said a word on."""
    shape = (len(tastes), len(field))
    topics, others = Touched(shape), Touched(shape)
    is_open = np.ones(shape, dtype=np.bool_)
    for row, taste in enumerate(tastes):
        for places, weight, reason in _follow(field, taste):
            if weight < 0:
                is_open[row, places] = False
            elif weight > 0:
                (topics if reason.kind == "topic" else others).add(row, places, weight, reason)
        # What a reader already knows, liked or not, is nothing new to them.
        known = [field.place_of[paper] for paper in taste.seen if paper in field.place_of]
        known += [field.place_of[paper] for paper in taste.papers if paper in field.place_of]
        if known:
            is_open[row, known] = False
    # A paper in two followed topics is not twice as good: the stronger one counts.
    return Parts(topics.greatest() + others.sum(), is_open, is_open.sum(axis=1), (topics, others))


def _follow(field: Field, taste: Taste) -> Iterator[tuple[Places, float, Reason]]:
    """Each interest's papers, what it adds to them (below nought: muted), and itself."""
    for topic, weight in taste.topics.items():
        yield field.with_topic(topic), TOPIC_WORTH * weight, _reason("topic", "", topic)
    for word, weight in taste.keywords.items():
        yield field.with_keyword(word), KEYWORD_WORTH * weight, _reason("keyword", word)
    for name, weight in taste.organisations.items():
        yield field.with_organisation(name), ORGANISATION_WORTH * weight, _reason("organisation", name)
    for name, weight in taste.authors.items():
        yield field.with_author(name), AUTHOR_WORTH * weight, _reason("author", name)


# Many readers follow the same.
_reason = lru_cache(maxsize=65_536)(Reason)
