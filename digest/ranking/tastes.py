"""What many readers follow and mute, as numbers over a field's papers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from digest.ranking.shapes import Ranked, Ranking, Reason, Taste
from digest.ranking.wording import NOWHERE, Places

Key = TypeVar("Key", int, str)

TOPIC_WORTH = 2.0
KEYWORD_WORTH = 3.0
ORGANISATION_WORTH = 3.0
AUTHOR_WORTH = 4.0
# So many interests and phrasings are remembered before all are found anew: keywords are readers' own, and many.
_MOST_REMEMBERED = 100_000

Numbers = NDArray[np.int64]


# A paper's place and the numbers of what drew a reader to it, and the paper with the reasons that tell so.
Told = dict[tuple[int, ...], Ranked]


class Interests:
    """Whatever readers of a window follow, mute or like, each numbered when first met, with the papers it touches."""

    def __init__(
        self,
        *,
        topic: Callable[[int], Places],
        keyword: Callable[[str], Places],
        organisation: Callable[[str], Places],
        author: Callable[[str], Places],
    ) -> None:
        """How each kind finds its papers."""
        self.places: list[Places] = []
        self.worth: list[float] = []
        self.reasons: list[Reason] = []
        self.topics = _Numbered[int](lambda key: self._add(topic(key), TOPIC_WORTH, Reason("topic", "", key)))
        self.keywords = _Numbered[str](lambda key: self._add(keyword(key), KEYWORD_WORTH, Reason("keyword", key)))
        self.organisations = _Numbered[str](
            lambda key: self._add(organisation(key), ORGANISATION_WORTH, Reason("organisation", key))
        )
        self.authors = _Numbered[str](lambda key: self._add(author(key), AUTHOR_WORTH, Reason("author", key)))
        # Liked papers touch by likeness, which is worked out elsewhere.
        self.papers = _Numbered[int](lambda key: self._add(NOWHERE, 0.0, Reason("paper", "", key)))
        self.told: Told = {}
        # Of readers who are alike, by all that a ranking is made from.
        self.rankings: dict[Hashable, Ranking] = {}
        self._lock = Lock()

    def _add(self, places: Places, worth: float, reason: Reason) -> int:
        # Threads of a web process look ahead at the same window.
        with self._lock:
            self.places.append(places)
            self.worth.append(worth)
            self.reasons.append(reason)
            return len(self.reasons) - 1

    @property
    def is_full(self) -> bool:
        """Whether to begin anew, to keep memory bounded."""
        return len(self.reasons) + len(self.told) > _MOST_REMEMBERED


class _Numbered(dict[Key, int], Generic[Key]):
    """Numbers by key; a key that is missing is found and numbered."""

    def __init__(self, find: Callable[[Key], int]) -> None:
        super().__init__()
        self._find: Callable[[Key], int] = find

    def __missing__(self, key: Key) -> int:
        return self.setdefault(key, self._find(key))


@dataclass(frozen=True, slots=True)
class Followed:
    """Every paper that something followed touches: its cell in a table of readers and papers, what, how much."""

    cells: Numbers
    interests: Numbers
    amounts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Shape (readers, candidates): what follows add to each paper, and whether it may be shown at all."""

    follows: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    # How many papers are open to each reader.
    open_to: NDArray[np.int64]
    # Where `follows` comes from; one reader's interests in order, topics first.
    followed: Followed


def weigh_tastes(interests: Interests, ids: NDArray[np.int64], tastes: Sequence[Taste]) -> Parts:
    """Add up what readers follow; close what they mute, were sent, or said a word on. `ids` are the candidates'."""
    shape = (len(tastes), len(ids))
    is_open = np.ones(len(tastes) * len(ids), dtype=np.bool_)
    is_open[_find_known(ids, tastes)] = False
    rows, numbers, weights, is_topic = _list_interests(interests, tastes)
    sizes = np.array([len(interests.places[number]) for number in numbers], dtype=np.int64)
    cells = np.repeat(rows * len(ids), sizes)
    if len(cells):
        cells += np.concatenate([interests.places[number] for number in numbers])
    worth = np.array([interests.worth[number] for number in numbers])
    amounts = np.repeat(weights * worth, sizes)
    is_open[cells[amounts < 0]] = False
    follows = _add_up(cells, amounts, np.repeat(is_topic, sizes), size=len(is_open))
    kept = amounts > 0
    followed = Followed(cells[kept], np.repeat(np.array(numbers, dtype=np.int64), sizes)[kept], amounts[kept])
    is_open = is_open.reshape(shape)
    return Parts(follows.reshape(shape), is_open, is_open.sum(axis=1), followed)


def _add_up(
    cells: Numbers, amounts: NDArray[np.float64], is_topic: NDArray[np.bool_], *, size: int
) -> NDArray[np.float64]:
    """A paper in two followed topics is not twice as good: the stronger one counts. All else is added."""
    is_other = (amounts > 0) & ~is_topic
    follows = np.zeros(size)
    np.maximum.at(follows, cells[is_topic], amounts[is_topic])
    np.add.at(follows, cells[is_other], amounts[is_other])
    return follows


def _list_interests(
    interests: Interests, tastes: Sequence[Taste]
) -> tuple[Numbers, list[int], NDArray[np.float64], NDArray[np.bool_]]:
    """All readers' interests one after the other: whose, which, how much, and whether it is a topic."""
    numbers: list[int] = []
    weights: list[float] = []
    ends: list[int] = []
    topics = interests.topics.__getitem__
    for taste in tastes:
        numbers += map(topics, taste.topics)
        weights += taste.topics.values()
        ends.append(len(numbers))
        for names, found in (
            (taste.keywords, interests.keywords),
            (taste.organisations, interests.organisations),
            (taste.authors, interests.authors),
        ):
            if names:
                numbers += map(found.__getitem__, names)
                weights += names.values()
        ends.append(len(numbers))
    # Of each reader first the topics, then the others.
    runs = np.array(ends, dtype=np.int64) - np.array([0, *ends[:-1]], dtype=np.int64)
    parts = np.repeat(np.arange(len(runs)), runs)
    return parts // 2, numbers, np.array(weights, dtype=np.float64), parts % 2 == 0


def _find_known(ids: NDArray[np.int64], tastes: Sequence[Taste]) -> Numbers:
    """The cells of papers that readers know already, liked or not: nothing new to them."""
    known = [papers for taste in tastes for papers in (taste.seen, taste.papers)]
    sizes = np.fromiter(map(len, known), dtype=np.int64, count=len(known))
    papers = np.fromiter(chain.from_iterable(known), dtype=np.int64, count=int(sizes.sum()))
    rows = np.repeat(np.arange(len(known)) // 2, sizes)
    order = np.argsort(ids, kind="stable")
    places = np.searchsorted(ids, papers, sorter=order)
    is_here = places < len(ids)
    found = order[np.where(is_here, places, 0)]
    is_here &= ids[found] == papers
    return np.asarray(rows * len(ids) + found, dtype=np.int64)[is_here]
