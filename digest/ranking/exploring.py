"""One place of a digest for something outside the reader's profile, so that nobody is stuck in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.field import Field
from digest.ranking.liking import Leanings
from digest.ranking.shapes import Taste
from digest.ranking.tastes import Parts

# A digest shorter than this has no place to spare.
LEAST_PLACES = 10
# It is one of so many of the best trending papers that the profile does not touch.
_BEST = 10
_LOOKED_AT = 200
# Likeness below this is no likeness.
_UNLIKE = 0.25


def find_outside(
    field: Field, tastes: Sequence[Taste], parts: Parts, leanings: Leanings | None, *, limits: NDArray[np.int64]
) -> NDArray[np.intp]:
    """For each reader with a profile a trending paper that nothing in it asked for, shape (readers,); -1 for none."""
    order = field.by_trend[:_LOOKED_AT]
    far = (parts.is_open & (parts.follows == 0))[:, order]
    far &= np.array([field.candidates[place].pick is None for place in order.tolist()])
    if leanings is not None:
        far &= leanings.parts[:, order] < _UNLIKE
    count = np.minimum(far.sum(axis=1), _BEST)
    seeds = np.array([taste.seed for taste in tastes], dtype=np.int64)
    nth = np.cumsum(far, axis=1) == (seeds % np.maximum(count, 1) + 1)[:, None]
    # Where everything fits, nothing has to be let in.
    wanted = (count > 0) & (limits >= LEAST_PLACES) & (limits < parts.open_to)
    wanted &= np.array([has_profile(taste) for taste in tastes])
    return np.where(wanted, order[np.argmax(nth, axis=1)], -1)


def has_profile(taste: Taste) -> bool:
    """Whether the reader follows or likes anything."""
    kinds = (taste.topics, taste.keywords, taste.authors, taste.organisations, taste.papers)
    return any(names and max(names.values()) > 0 for names in kinds)
