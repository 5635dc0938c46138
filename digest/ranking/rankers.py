"""The rankers by name, for comparing two of them on the same readers. Pure.

A ranker here is what it makes of a reader's taste: all of them rank by the same code, so that a
comparison is about what they know and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from digest.ranking.shapes import Taste

Ranker = Callable[[Taste], Taste]


def _know_all(taste: Taste) -> Taste:
    return taste


def _forget_likes(taste: Taste) -> Taste:
    """Topics, keywords, authors and votes decide. What the reader knows already stays out, as it does for all."""
    return replace(taste, papers={}, seen=taste.seen | taste.papers.keys())


def _forget_interests(taste: Taste) -> Taste:
    """Votes alone decide; mutes hold."""
    return replace(
        _forget_likes(taste),
        topics={name: weight for name, weight in taste.topics.items() if weight < 0},
        keywords={name: weight for name, weight in taste.keywords.items() if weight < 0},
        authors={name: weight for name, weight in taste.authors.items() if weight < 0},
        organisations={name: weight for name, weight in taste.organisations.items() if weight < 0},
    )


DEFAULT = "blend"
RANKERS: dict[str, Ranker] = {
    DEFAULT: _know_all,
    "interests": _forget_likes,
    "trending": _forget_interests,
}


def read_pair(names: str) -> tuple[str, str] | None:
    """Two rankers from "blend,trending"; None from "". Raises ValueError with what to write instead."""
    if not names.strip():
        return None
    pair = [name.strip() for name in names.split(",")]
    if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= RANKERS.keys():  # noqa: PLR2004 - a pair is two
        raise ValueError(f"two different ones of {', '.join(RANKERS)} are needed, with a comma between")
    return pair[0], pair[1]
