"""Which papers of a field suit each of many readers, best first, and why.

A score is a sum of parts in one unit, doublings of votes: a paper in a followed topic is worth as
much as a paper with four times its votes. Mutes always win; the curators' picks stand on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.blend import cut_runs
from digest.ranking.diversity import LOOKED_AT, spread_out
from digest.ranking.exploring import find_outside
from digest.ranking.field import Field
from digest.ranking.liking import Leanings
from digest.ranking.reasons import tell_reasons
from digest.ranking.shapes import Ranked, Ranking, Taste
from digest.ranking.tastes import Parts, weigh_tastes

# Scores are compared to this many parts of a doubling: what differs by less is equal, on every machine.
_FINENESS = 1e6
_CELLS_AT_ONCE = 400_000


def rank(field: Field, taste: Taste, *, limit: int) -> Ranking:
    """The best `limit` papers for one reader: a batch of one, and the same as in any other."""
    return rank_batch(field, [taste], limits=[limit])[0]


def rank_batch(
    field: Field, tastes: Sequence[Taste], *, limits: Sequence[int], spare: int = 1, explained: bool = True
) -> list[Ranking]:
    """The best papers for each of many readers, in memory bounded by runs of them.

    Deterministic: equal scores go to the paper that stands first in the field, and nobody's papers depend
    on who else is in the batch. With `spare` so many times the limit are ranked, for papers to fall out;
    without `explained` there are no reasons.
    """
    if not len(field):
        return [Ranking([], 0) for _ in tastes]
    return [
        ranking
        for run in _cut(field, tastes)
        for ranking in _rank_run(field, tastes[run], np.array(limits[run], dtype=np.int64), spare, explained=explained)
    ]


def _cut(field: Field, tastes: Sequence[Taste]) -> Iterator[slice]:
    height = max(_CELLS_AT_ONCE // len(field), 1)
    for run in cut_runs([len(taste.papers) for taste in tastes]):
        yield from (slice(first, min(first + height, run.stop)) for first in range(run.start, run.stop, height))


def _rank_run(
    field: Field, tastes: Sequence[Taste], limits: NDArray[np.int64], spare: int, *, explained: bool
) -> Iterator[Ranking]:
    interests = field.find_interests()
    parts = weigh_tastes(interests, field.ids, tastes)
    leanings = _lean(field, tastes)
    scores = field.trend + parts.follows
    if leanings is not None:
        scores += leanings.parts
    outside = find_outside(field, tastes, parts, leanings, limits=limits)
    shown = _let_in(_choose(field, scores, parts, limits * spare), outside, limits)
    shown[np.arange(shown.shape[1]) >= limits[:, None] * spare] = -1
    if explained:
        chosen = tell_reasons(field, interests, parts, leanings, shown=shown, outside=outside)
    else:
        chosen = _tell_nothing(field, shown)
    return map(Ranking, chosen, parts.open_to.tolist())


def _tell_nothing(field: Field, shown: NDArray[np.intp]) -> list[list[Ranked]]:
    """Each reader's papers without reasons; places without a paper come last."""
    bare = [Ranked(candidate.id, ()) for candidate in field.candidates]
    counts = (shown >= 0).sum(axis=1).tolist()
    return [[bare[place] for place in row[:count]] for row, count in zip(shown.tolist(), counts, strict=True)]


def _choose(field: Field, scores: NDArray[np.float64], parts: Parts, places: NDArray[np.int64]) -> NDArray[np.intp]:
    """The open picks, then each reader's best papers spread out, shape (readers, most places); -1 for none."""
    picks = np.array(field.picks, dtype=np.intp)
    others = parts.is_open.copy()
    others[:, picks] = False
    head = min(max(LOOKED_AT, int(places.max())), len(field))
    # One whole number says score and place, so that equal scores keep the field's order.
    keys = scores * _FINENESS
    np.rint(keys, out=keys)
    keys *= len(field)
    keys += np.arange(len(field) - 1, -1, -1)
    keys[~others] = -np.inf
    keys.partition(len(field) - head, axis=1)
    best = np.sort(keys[:, len(field) - head :], axis=1)[:, ::-1]
    known = np.isfinite(best)
    heads = len(field) - 1 - np.where(known, best, 0).astype(np.intp) % len(field)
    worth = np.where(known, np.take_along_axis(scores, heads, axis=1), -np.inf)
    spread = spread_out(heads, worth, places=places, alike=field.alike, topics=field.topic_matrix)
    own = np.where(parts.is_open[:, picks], picks, -1)
    return _close_up(np.concatenate([own, spread], axis=1))


def _let_in(shown: NDArray[np.intp], outside: NDArray[np.intp], limits: NDArray[np.int64]) -> NDArray[np.intp]:
    """Each reader's papers with the one from outside the profile, if any, at the last place."""
    shown[(shown == outside[:, None]) & (outside >= 0)[:, None]] = -1
    shown = _close_up(shown)
    count = (shown >= 0).sum(axis=1)
    last = np.minimum(limits - 1, count)
    wider = np.concatenate([shown, np.full((len(shown), 1), -1, dtype=np.intp)], axis=1)
    columns = np.arange(wider.shape[1])
    # What stood at the last place and after it moves on by one.
    moved = np.take_along_axis(wider, np.where(columns > last[:, None], columns - 1, columns), axis=1)
    moved[np.arange(len(moved)), last] = outside
    return np.where((outside >= 0)[:, None], moved, wider)


def _close_up(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same with every -1 after the papers."""
    return np.take_along_axis(places, np.argsort(places < 0, axis=1, kind="stable"), axis=1)


def _lean(field: Field, tastes: Sequence[Taste]) -> Leanings | None:
    if field.liking is None or not any(taste.papers for taste in tastes):
        return None
    return field.liking.weigh([taste.papers for taste in tastes])
