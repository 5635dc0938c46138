"""Which texts hold which features, and how often: the inverted index below every score by words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Terms = NDArray[np.int64]

# BM25's usual constants: how soon repeated words stop counting, how much long texts are held back.
_SATURATION = 1.5
_LENGTH_SHARE = 0.75


class Postings:
    """Texts as bags of features, stored by feature; texts are numbered in the order given."""

    def __init__(self, bags: Iterable[Mapping[str, int]], *, least_texts: int = 1) -> None:
        texts, terms, counts, self.known, self.size = _number_features(bags)
        spread = np.bincount(terms, minlength=len(self.known))
        # A feature of one text alone joins nothing; leaving it out halves the memory of pairs.
        kept = spread[terms] >= least_texts
        order = np.argsort(terms[kept], kind="stable")
        self.texts = texts[kept][order]
        self.counts = counts[kept][order].astype(np.float32)
        self.terms = terms[kept][order]
        spread = np.where(spread >= least_texts, spread, 0)
        self.starts = np.concatenate([[0], np.cumsum(spread)]).astype(np.int64)
        self.lengths = np.bincount(self.texts, weights=self.counts, minlength=self.size).astype(np.float32)
        self.idf, self.bm25_values = weigh_bm25(
            terms=self.terms, texts=self.texts, counts=self.counts, spread=spread, size=self.size
        )
        self.cosine_values = self._weigh_cosine()

    def look_up(self, bag: Mapping[str, float]) -> tuple[Terms, Floats]:
        """The numbers and counts of those features that the index knows."""
        found = [(self.known[name], count) for name, count in bag.items() if name in self.known]
        terms = np.array([term for term, _ in found], dtype=np.int64)
        return terms, np.array([count for _, count in found], dtype=np.float32)

    def add_up(self, terms: Terms, weights: Floats, values: Floats) -> NDArray[np.float64]:
        """For each text the sum over terms of weight times value, shape (texts,)."""
        runs = self.starts[terms + 1] - self.starts[terms]
        ends = np.cumsum(runs)
        total = int(ends[-1]) if len(ends) else 0
        places = np.arange(total) + np.repeat(self.starts[terms] - (ends - runs), runs)
        shares = values[places] * np.repeat(weights, runs)
        return np.bincount(self.texts[places], weights=shares, minlength=self.size).astype(np.float64)

    def score_bm25(self, bag: Mapping[str, float]) -> NDArray[np.float64]:
        """BM25 of each text for a bag of features; repeated features count by the logarithm."""
        terms, counts = self.look_up(bag)
        return self.add_up(terms, np.log2(1 + counts).astype(np.float32), self.bm25_values)

    def narrow(self, places: Terms) -> Postings:
        """The same features, weights and rarities over some of the texts, numbered in the order given."""
        moved = np.full(self.size, -1, dtype=np.int32)
        moved[places] = np.arange(len(places), dtype=np.int32)
        kept = moved[self.texts] >= 0
        narrow = copy(self)
        for name in ("counts", "terms", "cosine_values", "bm25_values"):
            setattr(narrow, name, getattr(self, name)[kept])
        narrow.texts, narrow.size = moved[self.texts[kept]], len(places)
        spread = np.bincount(narrow.terms, minlength=len(self.known))
        narrow.starts = np.concatenate([[0], np.cumsum(spread)]).astype(np.int64)
        return narrow

    def sum_rows(self, places: Terms, weights: Floats) -> tuple[Terms, Floats, Floats]:
        """The features of some texts, their counts and their cosine values, each text's times its weight."""
        order, starts = self._by_text
        picked = [order[starts[place] : starts[place + 1]] for place in places]
        entries = np.concatenate([*picked, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        scaled = np.repeat(weights, [len(each) for each in picked])
        terms, where = np.unique(self.terms[entries], return_inverse=True)
        counts = np.bincount(where, weights=self.counts[entries] * scaled, minlength=len(terms))
        values = np.bincount(where, weights=self.cosine_values[entries] * scaled, minlength=len(terms))
        return terms.astype(np.int64), counts.astype(np.float32), values.astype(np.float32)

    def fold_rows(self, width: int) -> Floats:
        """Each text's cosine values folded into `width` columns by the features' names, shape (texts, width)."""
        names = np.array([crc32(name.encode()) for name in self.known], dtype=np.int64)
        columns = (names % width)[self.terms]
        signs = np.where((names // width) % 2, 1.0, -1.0)[self.terms]
        slots = self.texts.astype(np.int64) * width + columns
        folded = np.bincount(slots, weights=self.cosine_values * signs, minlength=self.size * width)
        return folded.astype(np.float32).reshape(self.size, width)

    @cached_property
    def _by_text(self) -> tuple[Terms, Terms]:
        """The entries' order by text, and where each text starts in it."""
        ends = np.cumsum(np.bincount(self.texts, minlength=self.size))
        return np.argsort(self.texts, kind="stable").astype(np.int64), np.concatenate([[0], ends]).astype(np.int64)

    def _weigh_cosine(self) -> Floats:
        """Log counts times inverse text frequency, each text's of length one."""
        values = np.log1p(self.counts) * self.idf[self.terms]
        lengths = np.sqrt(np.bincount(self.texts, weights=values**2, minlength=self.size))
        return (values / np.maximum(lengths, 1e-9)[self.texts]).astype(np.float32)


def weigh_bm25(
    *, terms: NDArray[np.int32], texts: NDArray[np.int32], counts: Floats, spread: NDArray[np.intp], size: int
) -> tuple[Floats, Floats]:
    """Inverse frequencies by term, and the BM25 share of each entry. `spread` is how many texts hold each term."""
    idf = np.log1p((size - spread + 0.5) / (spread + 0.5)).astype(np.float32)
    lengths = np.bincount(texts, weights=counts, minlength=size).astype(np.float32)
    usual = max(float(lengths.mean()), 1e-9) if size else 1.0
    held_back = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths / usual)
    grown = counts * (_SATURATION + 1) / (counts + held_back[texts])
    return idf, (idf[terms] * grown).astype(np.float32)


def _number_features(
    bags: Iterable[Mapping[str, int]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], dict[str, int], int]:
    """Three parallel columns (text, feature, count), the features' numbers, and the number of texts."""
    known: dict[str, int] = {}
    sizes: list[int] = []
    terms: list[int] = []
    counts: list[int] = []
    for bag in bags:
        sizes.append(len(bag))
        terms.extend([known.setdefault(name, len(known)) for name in bag])
        counts.extend(bag.values())
    texts = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return texts, np.array(terms, dtype=np.int32), np.array(counts, dtype=np.int32), known, len(sizes)
