"""Keeps a topic's share of a digest under the edition's cap, except for readers who follow that topic. Pure.

Picks are the curators' own choice: they count towards a cap and are never left out for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from digest.ranking.shapes import Ranked

# So many more papers are ranked than shown where there are caps, since some fall out.
SPARE = 3


def apply_caps(
    chosen: Sequence[Ranked],
    *,
    caps: Mapping[int, int],
    topics: Mapping[int, Collection[int]],
    follows: Collection[int],
    picks: Collection[int],
    limit: int,
) -> list[Ranked]:
    """The first `limit` papers that keep every cap; `caps` are percents by topic id, `topics` ids by paper.

    A cap that would leave a digest short gives way: what fell out comes back, best first.
    """
    most = {topic: percent * limit // 100 for topic, percent in caps.items() if topic not in follows}
    held: Counter[int] = Counter()
    kept: list[Ranked] = []
    spare: list[Ranked] = []
    for ranked in chosen:
        capped = [topic for topic in topics.get(ranked.paper, ()) if topic in most]
        if ranked.paper in picks or all(held[topic] < most[topic] for topic in capped):
            held.update(capped)
            kept.append(ranked)
        else:
            spare.append(ranked)
    return [*kept, *spare][:limit]
