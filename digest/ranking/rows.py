"""Sparse rows and their products with dense matrices and with one another, in bounded memory. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import Bag

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

# So many products are held at a time.
_AT_ONCE = 4_000_000
# A word that this share of texts holds is common.
_OFTEN = 0.1


@dataclass(frozen=True)
class Rows:
    """Row r holds `values[starts[r]:starts[r + 1]]` in the columns of the same slice."""

    starts: Places
    columns: Places
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def sizes(self) -> Places:
        """How many values each row holds."""
        return np.diff(self.starts)

    @cached_property
    def owners(self) -> Places:
        """The row of each value."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def with_values(self, values: NDArray[np.floating]) -> Rows:
        """The same places with other values."""
        return Rows(self.starts, self.columns, np.asarray(values, dtype=np.float32), self.width)

    def take(self, places: Places) -> Rows:
        """Some of the rows, in the order asked for."""
        starts = np.concatenate([[0], np.cumsum(self.sizes[places])]).astype(np.int64)
        slots = spell_out(self.starts[places], self.sizes[places])
        return Rows(starts, self.columns[slots], self.values[slots], self.width)

    def renumber(self, numbers: Places, width: int) -> Rows:
        """Without the columns whose new number is below 0; the others move to theirs."""
        columns = numbers[self.columns]
        kept = columns >= 0
        sizes = np.bincount(self.owners[kept], minlength=len(self))
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return Rows(starts, columns[kept], self.values[kept], width)

    def sum(self) -> NDArray[np.float64]:
        """The sum of each row."""
        return np.bincount(self.owners, weights=self.values, minlength=len(self)).astype(np.float64)

    def spread(self) -> Floats:
        """All of it as a dense matrix."""
        dense = np.zeros((len(self), self.width), dtype=np.float32)
        dense[self.owners, self.columns] = self.values
        return dense

    def turn(self) -> Rows:
        """Rows for columns."""
        order = np.argsort(self.columns, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.columns, minlength=self.width))]).astype(np.int64)
        return Rows(starts, self.owners[order], self.values[order], len(self))

    def times(self, dense: NDArray[np.floating]) -> Floats:
        """The product with a dense matrix, shape (rows, its columns)."""
        product = np.zeros((len(self), dense.shape[1]), dtype=np.float32)
        for row, (start, stop) in enumerate(zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)):
            if start < stop:
                product[row] = self.values[start:stop] @ dense[self.columns[start:stop]]
        return product

    def meet(self, turned: Rows) -> Floats:
        """The product with rows turned to columns, shape (rows, width of `turned`)."""
        product = np.zeros((len(self), turned.width), dtype=np.float32)
        costs = np.zeros(len(self) + 1, dtype=np.int64)
        costs[1:] = np.cumsum(np.bincount(self.owners, weights=turned.sizes[self.columns], minlength=len(self)))
        for rows in self._pieces(np.diff(costs) + turned.width):
            part = slice(self.starts[rows.start], self.starts[rows.stop])
            columns = self.columns[part]
            runs = turned.sizes[columns]
            slots = spell_out(turned.starts[columns], runs)
            cells = np.repeat((self.owners[part] - rows.start) * turned.width, runs) + turned.columns[slots]
            shares = turned.values[slots] * np.repeat(self.values[part], runs)
            size = (rows.stop - rows.start) * turned.width
            product[rows] = np.bincount(cells, weights=shares, minlength=size).reshape(-1, turned.width)
        return product

    def fold(self, columns: Places, signs: Floats, width: int) -> Floats:
        """Dense rows in which column c stands at `columns[c]` with its sign, shape (rows, width)."""
        cells = self.owners * width + columns[self.columns]
        folded = np.bincount(cells, weights=self.values * signs[self.columns], minlength=len(self) * width)
        return folded.astype(np.float32).reshape(len(self), width)

    def _pieces(self, costs: Places) -> Iterator[slice]:
        """Runs of rows that cost no more than is held at a time, or one row each."""
        total = np.cumsum(costs)
        start = 0
        while start < len(self):
            before = total[start - 1] if start else 0
            stop = max(int(np.searchsorted(total, before + _AT_ONCE, side="right")), start + 1)
            yield slice(start, stop)
            start = stop


def stack_rows(first: Rows, second: Rows) -> Rows:
    """The rows of one, then of the other."""
    return Rows(
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        np.concatenate([first.columns, second.columns]),
        np.concatenate([first.values, second.values]),
        first.width,
    )


def spell_out(starts: Places, sizes: Places) -> Places:
    """The numbers of several runs one after the other: each from its start, so many."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - sizes), sizes), dtype=np.int64)


def stack_bags(bags: Sequence[Bag], vocabulary: NDArray[np.uint32]) -> tuple[Rows, Floats]:
    """Bags as rows of counts over a sorted vocabulary, unknown features left out; and each bag's whole length."""
    sizes = np.array([len(bag.features) for bag in bags], dtype=np.int64)
    owners = np.repeat(np.arange(len(bags)), sizes)
    features = np.concatenate([bag.features for bag in bags]) if bags else np.zeros(0, dtype=np.uint32)
    counts = np.concatenate([bag.counts for bag in bags]) if bags else np.zeros(0, dtype=np.float32)
    lengths = np.bincount(owners, weights=counts, minlength=len(bags)).astype(np.float32)
    columns = np.searchsorted(vocabulary, features)
    columns[columns == len(vocabulary)] = 0
    known = vocabulary[columns] == features if len(vocabulary) else np.zeros(len(features), dtype=np.bool_)
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners[known], minlength=len(bags)))]).astype(np.int64)
    return Rows(starts, columns[known].astype(np.int64), counts[known], len(vocabulary)), lengths


def _only(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """The rows with some of their columns."""
    numbers = np.where(chosen, np.cumsum(chosen) - 1, -1)
    return rows.renumber(numbers, int(chosen.sum()))


def count_shared(texts: Sequence[frozenset[str]]) -> tuple[Floats, Floats]:
    """How many words each two texts share, and how many they hold together, both of shape (texts, texts)."""
    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(word, len(numbers)) for text in texts for word in text]
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    held = Rows(starts, np.array(columns, dtype=np.int64), np.ones(len(columns), dtype=np.float32), len(numbers))
    # What many hold is few words, and one dense product; a sparse one would look at each two that hold a word.
    often = np.bincount(held.columns, minlength=len(numbers)) > len(texts) * _OFTEN
    common, rare = (_only(held, chosen) for chosen in (often, ~often))
    dense = common.spread()
    shared = dense @ dense.T + rare.meet(rare.turn())
    return shared, (sizes[:, None] + sizes - shared).astype(np.float32)
