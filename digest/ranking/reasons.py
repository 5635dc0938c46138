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

# By reader times places plus rank in the digest: what each reason added to the score, and the reason.
Told = dict[int, list[tuple[float, Reason]]]
Common = tuple[tuple[Reason, ...], tuple[Reason, ...]]


def tell_reasons(
    field: Field, parts: Parts, leanings: Leanings | None, shown: NDArray[np.intp], outside: NDArray[np.intp]
) -> list[list[tuple[Reason, ...]]]:
    """Up to three reasons for each shown paper of each reader, shape (readers, places) with -1 for none.

    The curators' choice leads, then what added most; trending, which is the same for all, comes last.
    """
    told: Told = defaultdict(list)
    width = shown.shape[1]
    rank_of = np.full(parts.is_open.shape, -1, dtype=np.int16)
    rows, ranks = np.nonzero(shown >= 0)
    rank_of[rows, shown[rows, ranks]] = ranks
    for touched in parts.touched:
        _tell_follows(touched, rank_of, width, told)
    if leanings is not None:
        _tell_likes(leanings, shown, told)
    for row, place in enumerate(outside.tolist()):
        if place >= 0:
            # Nothing in the reader's profile asked for it.
            told[row * width + int(np.argmax(shown[row] == place))] = [(0.0, _EXPLORE)]
    common = _tell_common(field)
    alone = [(*first, *last) for first, last in common]
    reasons = []
    for row, places in enumerate(shown.tolist()):
        own = [told.get(cell) for cell in range(row * width, (row + 1) * width)]
        pairs = zip(places, own, strict=True)
        reasons.append([_join(common[p], mine) if mine else alone[p] for p, mine in pairs if p >= 0])
    return reasons


def _join(common: Common, own: list[tuple[float, Reason]]) -> tuple[Reason, ...]:
    first, last = common
    if len(own) == 1 and not first:
        return (own[0][1], *last)
    if len(own) > 1:
        own.sort(key=_strength)
    return (*first, *[reason for _, reason in own], *last)[:REASONS_SHOWN]


def _tell_common(field: Field) -> list[Common]:
    """For each paper what is told to everybody before and after their own reasons."""
    return [
        (
            (_PICK,) if candidate.pick is not None else (),
            (Reason("trending", "", candidate.votes),) if place in field.trending else (),
        )
        for place, candidate in enumerate(field.candidates)
    ]


def _tell_follows(touched: Touched, rank_of: NDArray[np.int16], width: int, told: Told) -> None:
    """Only what touches a shown paper is looked at one by one."""
    cells, numbers = touched.spell_out()
    ranks = rank_of.reshape(-1)[cells]
    hits = np.flatnonzero(ranks >= 0)
    shown = cells[hits] // rank_of.shape[1] * width + ranks[hits]
    for cell, number in zip(shown.tolist(), numbers[hits].tolist(), strict=True):
        told[cell].append((touched.amounts[number], touched.reasons[number]))


def _tell_likes(leanings: Leanings, shown: NDArray[np.intp], told: Told) -> None:
    """The liked papers that drew a pick, where likeness put it anywhere."""
    worth = np.where(shown >= 0, np.take_along_axis(leanings.parts, np.maximum(shown, 0), axis=1), -np.inf)
    is_drawn = worth > LIKENESS_TOLD
    for row in np.flatnonzero(is_drawn.any(axis=1)).tolist():
        drawn = np.flatnonzero(is_drawn[row])
        named = leanings.name_strongest(row, shown[row, drawn])
        for rank, amount, papers in zip(drawn.tolist(), worth[row, drawn].tolist(), named, strict=True):
            told[row * shown.shape[1] + rank] += [(amount, Reason("paper", "", paper)) for paper in papers]


def _strength(told: tuple[float, Reason]) -> float:
    return -told[0]
