"""Why a paper is in a digest: the parts of its score in the reader's own terms, true by construction. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.field import Field
from digest.ranking.liking import Leanings
from digest.ranking.shapes import Ranked, Reason
from digest.ranking.tastes import Interests, Numbers, Parts

REASONS_SHOWN = 3
# Likeness below this put nothing anywhere, so it is no reason.
LIKENESS_TOLD = 0.5
_PICK = Reason("pick")
_EXPLORE = Reason("explore")
_NONE = -1
_LET_IN = -2


class Shares(NamedTuple):
    """What drew papers: where each stands among those shown, what drew it, and how much."""

    slots: Numbers
    what: Numbers
    amounts: NDArray[np.float64]


def tell_reasons(
    field: Field,
    interests: Interests,
    parts: Parts,
    leanings: Leanings | None,
    *,
    shown: NDArray[np.intp],
    outside: NDArray[np.intp],
) -> list[list[Ranked]]:
    """Each reader's papers, shape (readers, places) with -1 for none, with up to three reasons each.

    The curators' choice leads, then what added most; trending, which is the same for all, comes last.
    """
    shares = [_tell_follows(parts, shown)]
    if leanings is not None:
        shares.append(_tell_likes(leanings, shown, interests))
    own = _choose_strongest(shares, shown.size)
    # Nothing in the reader's profile asked for what was let in.
    there = (shown >= 0).reshape(-1)
    own[(shown == outside[:, None]).reshape(-1) & there] = (_LET_IN, _NONE, _NONE)
    keys = zip(shown.reshape(-1)[there].tolist(), *own[there].T.tolist(), strict=True)
    told = interests.told
    flat = [told.get(key) or _word(field, interests, key) for key in keys]
    ends = np.cumsum((shown >= 0).sum(axis=1)).tolist()
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _word(field: Field, interests: Interests, key: tuple[int, ...]) -> Ranked:
    """The paper of a place with what drew a reader to it, by their numbers: many are told the same."""
    place, *own = key
    candidate = field.candidates[place]
    reasons = [_PICK] if candidate.pick is not None else []
    reasons += [_EXPLORE if number == _LET_IN else interests.reasons[number] for number in own if number != _NONE]
    if place in field.trending:
        reasons.append(Reason("trending", "", candidate.votes))
    return interests.told.setdefault(key, Ranked(candidate.id, tuple(reasons[:REASONS_SHOWN])))


def _choose_strongest(shares: Sequence[Shares], size: int) -> Numbers:
    """For each slot the numbers of the three strongest, -1 for none; of equal ones those told first."""
    slots, what, amounts = (np.concatenate(part) for part in zip(*shares, strict=True))
    order = np.lexsort((-amounts, slots))
    slots, what = slots[order], what[order]
    nth = np.arange(len(slots)) - np.searchsorted(slots, slots, side="left")
    kept = nth < REASONS_SHOWN
    own = np.full((size, REASONS_SHOWN), _NONE, dtype=np.int64)
    own[slots[kept], nth[kept]] = what[kept]
    return own


def _tell_follows(parts: Parts, shown: NDArray[np.intp]) -> Shares:
    """Only what touches a shown paper is looked at."""
    slot_of = np.full(parts.is_open.shape, -1, dtype=np.int32)
    rows, ranks = np.nonzero(shown >= 0)
    slot_of[rows, shown[rows, ranks]] = rows * shown.shape[1] + ranks
    slots = slot_of.reshape(-1)[parts.followed.cells]
    hits = np.flatnonzero(slots >= 0)
    return Shares(slots[hits].astype(np.int64), parts.followed.interests[hits], parts.followed.amounts[hits])


def _tell_likes(leanings: Leanings, shown: NDArray[np.intp], interests: Interests) -> Shares:
    """The liked papers that drew a pick, where likeness put it anywhere."""
    worth = np.where(shown >= 0, np.take_along_axis(leanings.parts, np.maximum(shown, 0), axis=1), -np.inf)
    is_drawn = worth > LIKENESS_TOLD
    slots: list[int] = []
    papers: list[int] = []
    for row in np.flatnonzero(is_drawn.any(axis=1)).tolist():
        drawn = np.flatnonzero(is_drawn[row])
        for rank, named in zip(drawn.tolist(), leanings.name_strongest(row, shown[row, drawn]), strict=True):
            slots += [row * shown.shape[1] + rank] * len(named)
            papers += named
    places = np.array(slots, dtype=np.int64)
    numbers = np.array([interests.papers[paper] for paper in papers], dtype=np.int64)
    return Shares(places, numbers, worth.reshape(-1)[places])
