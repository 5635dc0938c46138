"""Which papers of a field suit one reader, best first, and why.

A score is a sum of parts in one unit, doublings of votes: a paper in a followed topic is worth as
much as a paper with four times its votes. Mutes always win; the curators' picks stand on top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digest.ranking.diversity import spread_out
from digest.ranking.field import Field, Key, Places
from digest.ranking.shapes import Ranked, Reason, Taste

TOPIC_WORTH = 2.0
KEYWORD_WORTH = 3.0
AUTHOR_WORTH = 4.0
# Above anything the other parts can add up to, so that picks stay on top.
PICK_WORTH = 1_000.0
REASONS_SHOWN = 3
# Likeness below this put nothing anywhere, so it is no reason.
_LIKENESS_TOLD = 0.5


def rank(field: Field, taste: Taste, *, limit: int, explained: bool = True) -> tuple[list[Ranked], int]:
    """The best `limit` papers for a reader, and how many papers of the field were open to them.

    Reasons cost more than the rest: without `explained` there are none.
    Deterministic: equal scores go to the paper that stands first in the field.
    """
    # What a reader already knows, liked or not, is nothing new to them.
    known = taste.seen | taste.papers.keys()
    open_to = ~np.isin(field.ids, np.fromiter(known, dtype=np.int64, count=len(known)))
    open_to[_muted(field, taste)] = False
    scores = field.trend + _topic_part(field, taste) + _keyword_part(field, taste) + _author_part(field, taste)
    liked = _liked_part(field, taste)
    scores += liked
    best = _order(field, taste, scores, open_to, limit)
    for order, place in enumerate(field.picks):
        scores[place] += PICK_WORTH - order * _spread(field)
    chosen = [
        Ranked(
            int(field.ids[p]),
            float(scores[p]),
            explain(field, taste, int(p), liked=float(liked[p])) if explained else (),
        )
        for p in best
    ]
    return chosen, int(open_to.sum())


def _order(
    field: Field, taste: Taste, scores: NDArray[np.float64], open_to: NDArray[np.bool_], limit: int
) -> list[int]:
    """The places to show: picks in the curators' order, then the best, spread out where likes are known."""
    picks = [place for place in field.picks if open_to[place]][:limit]
    others = open_to.copy()
    others[field.picks] = False
    order = np.argsort(-np.where(others, scores, -np.inf), kind="stable")[: int(others.sum())]
    if field.liking is not None and taste.papers:
        order = spread_out(order, scores, field.liking.vectors, places=limit)
    return [*picks, *order.tolist()][:limit]


def explain(field: Field, taste: Taste, place: int, *, liked: float = 0.0) -> tuple[Reason, ...]:
    """The parts of a paper's score in the reader's own terms, strongest kind first, three at most."""
    reasons = [Reason("pick")] if field.candidates[place].pick is not None else []
    reasons += [Reason("author", text=name) for name in _liked(taste.authors) if place in field.with_author(name)]
    reasons += [Reason("keyword", text=word) for word in _liked(taste.keywords) if place in field.with_keyword(word)]
    reasons += [Reason("topic", number=topic) for topic in _liked(taste.topics) if place in field.with_topic(topic)]
    if liked > _LIKENESS_TOLD and field.liking and (like := field.liking.strongest(taste.papers, place)):
        reasons.append(Reason("paper", number=like))
    if place in field.trending:
        reasons.append(Reason("trending", number=field.candidates[place].votes))
    return tuple(reasons[:REASONS_SHOWN])


def _spread(field: Field) -> float:
    """How far apart two picks must be so that nothing else changes their order."""
    return PICK_WORTH / (2 * max(len(field.picks), 1))


def _topic_part(field: Field, taste: Taste) -> NDArray[np.float64]:
    """A paper in two followed topics is not twice as good: the stronger one counts."""
    part = np.zeros(len(field))
    for topic, weight in taste.topics.items():
        places = field.with_topic(topic)
        part[places] = np.maximum(part[places], TOPIC_WORTH * max(weight, 0.0))
    return part


def _keyword_part(field: Field, taste: Taste) -> NDArray[np.float64]:
    part = np.zeros(len(field))
    for word, weight in taste.keywords.items():
        part[field.with_keyword(word)] += KEYWORD_WORTH * max(weight, 0.0)
    return part


def _author_part(field: Field, taste: Taste) -> NDArray[np.float64]:
    part = np.zeros(len(field))
    for name, weight in taste.authors.items():
        part[field.with_author(name)] += AUTHOR_WORTH * max(weight, 0.0)
    return part


def _liked_part(field: Field, taste: Taste) -> NDArray[np.float64]:
    return field.liking.score(taste.papers) if field.liking and taste.papers else np.zeros(len(field))


def _muted(field: Field, taste: Taste) -> Places:
    """Places of everything that touches something muted."""
    touched: list[Places] = [field.with_topic(topic) for topic, weight in taste.topics.items() if weight < 0]
    touched += [field.with_keyword(word) for word, weight in taste.keywords.items() if weight < 0]
    touched += [field.with_author(name) for name, weight in taste.authors.items() if weight < 0]
    return np.concatenate(touched) if touched else np.array([], dtype=np.intp)


def _liked(weights: dict[Key, float]) -> list[Key]:
    return [name for name, weight in weights.items() if weight > 0]
