"""Why a paper is in a digest: the parts of its score in the reader's own terms, true by construction. Pure."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from digest.ranking.field import Field
from digest.ranking.liking import Leanings
from digest.ranking.shapes import Reason
from digest.ranking.tastes import Parts, Touched

REASONS_SHOWN = 3
# Likeness below this put nothing anywhere, so it is no reason.
LIKENESS_TOLD = 0.5
_PICK = Reason("pick")
_EXPLORE = Reason("explore")

# By (reader, rank in the digest): what each reason added to the score, and the reason.
Told = dict[tuple[int, int], list[tuple[float, Reason]]]


def tell_reasons(
    field: Field, parts: Parts, leanings: Leanings | None, shown: NDArray[np.intp], outside: NDArray[np.intp]
) -> list[list[tuple[Reason, ...]]]:
    """Up to three reasons for each shown paper of each reader, shape (readers, places) with -1 for none.

    The curators' choice leads, then what added most; trending, which is the same for all, comes last.
    """
    told: Told = defaultdict(list)
    rank_of = np.full(parts.is_open.shape, -1, dtype=np.int16)
    rows, ranks = np.nonzero(shown >= 0)
    rank_of[rows, shown[rows, ranks]] = ranks
    for touched in parts.touched:
        _tell_follows(touched, rank_of, told)
    if leanings is not None:
        _tell_likes(leanings, shown, told)
    common = _tell_common(field)
    return [
        [
            _join(common[place], told.get((row, rank)), is_outside=place == outside[row])
            for rank, place in enumerate(places)
            if place >= 0
        ]
        for row, places in enumerate(shown.tolist())
    ]


def _join(
    common: tuple[tuple[Reason, ...], tuple[Reason, ...]], own: list[tuple[float, Reason]] | None, *, is_outside: bool
) -> tuple[Reason, ...]:
    first, last = common
    if is_outside:
        return (*first, _EXPLORE, *last)[:REASONS_SHOWN]
    if own is None:
        return (*first, *last)
    if len(own) > 1:
        own.sort(key=_strength)
    return (*first, *[reason for _, reason in own], *last)[:REASONS_SHOWN]


def _tell_common(field: Field) -> list[tuple[tuple[Reason, ...], tuple[Reason, ...]]]:
    """For each paper what is told to everybody before and after their own reasons."""
    return [
        (
            (_PICK,) if candidate.pick is not None else (),
            (Reason("trending", "", candidate.votes),) if place in field.trending else (),
        )
        for place, candidate in enumerate(field.candidates)
    ]


def _tell_follows(touched: Touched, rank_of: NDArray[np.int16], told: Told) -> None:
    """Only what touches a shown paper is looked at one by one."""
    cells, numbers = touched.spell_out()
    ranks = rank_of.reshape(-1)[cells]
    hits = np.flatnonzero(ranks >= 0)
    rows = (cells[hits] // rank_of.shape[1]).tolist()
    for row, rank, number in zip(rows, ranks[hits].tolist(), numbers[hits].tolist(), strict=True):
        told[row, rank].append((touched.amounts[number], touched.reasons[number]))


def _tell_likes(leanings: Leanings, shown: NDArray[np.intp], told: Told) -> None:
    """The liked papers that drew a pick, where likeness put it anywhere."""
    for row, places in enumerate(shown):
        drawn = np.flatnonzero((places >= 0) & (leanings.parts[row, places] > LIKENESS_TOLD))
        if len(drawn):
            named = leanings.name_strongest(row, places[drawn])
            for rank, papers in zip(drawn.tolist(), named, strict=True):
                worth = float(leanings.parts[row, places[rank]])
                told[row, rank] += [(worth, Reason("paper", "", paper)) for paper in papers]


def _strength(told: tuple[float, Reason]) -> float:
    return -told[0]
