"""Lets two rankers share one digest, each choosing in its turn, so that what readers do tells which is better. Pure.

This is team-draft interleaving: in each round chance says who chooses first, each takes its best
paper that is not in yet, and a click counts for the ranker whose paper it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from digest.ranking.shapes import Ranked


@dataclass(frozen=True, slots=True)
class Drafted:
    """A paper of a shared digest and the ranker that chose it; "" where both had to show it."""

    ranked: Ranked
    ranker: str


def interleave(
    first: tuple[str, Sequence[Ranked]], second: tuple[str, Sequence[Ranked]], *, limit: int, seed: str, common: int = 0
) -> list[Drafted]:
    """Draft up to `limit` papers from two rankings, each by its name; the same seed gives the same digest.

    The first `common` papers of the first ranking, the curators' picks, stand on top of both and count for neither.
    """
    chance = Random(seed)  # noqa: S311 - a fair coin, not a secret
    drafted = [Drafted(ranked, "") for ranked in first[1][:common]][:limit]
    taken = {each.ranked.paper for each in drafted}
    turns: list[tuple[str, Sequence[Ranked]]] = []
    # A round that neither ranker has a paper for is the last one.
    while len(drafted) < limit:
        if not turns:
            turns = [first, second] if chance.random() < 1 / 2 else [second, first]
            if all(_next(ranking, taken) is None for _, ranking in turns):
                break
        name, ranking = turns.pop(0)
        if (chosen := _next(ranking, taken)) is not None:
            taken.add(chosen.paper)
            drafted.append(Drafted(chosen, name))
    return drafted


def _next(ranking: Sequence[Ranked], taken: set[int]) -> Ranked | None:
    return next((ranked for ranked in ranking if ranked.paper not in taken), None)
