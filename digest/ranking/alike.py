"""Readers who follow the same topics, and nothing else, are alike: one of them is ranked for all. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from digest.ranking.field import Field
from digest.ranking.rank import rank_batch
from digest.ranking.shapes import Ranking, Taste

# So many kinds of readers are remembered with a field; it bounds memory.
MOST_KINDS = 5_000
_NOTHING: frozenset[int] = frozenset()


def rank_alike(
    field: Field, tastes: Sequence[Taste], *, limits: Sequence[int], spare: int = 1, explained: bool = True
) -> list[Ranking]:
    """What `rank_batch` says, in as little time as there are kinds of readers.

    Those who are alike get one object between them, which says so and is not to be changed.
    """
    known = field.find_interests().rankings
    kinds = [_kind(field, taste, limit, spare, explained) for taste, limit in zip(tastes, limits, strict=True)]
    # Who is of no kind is named by their place.
    names = [place if kind is None else kind for place, kind in enumerate(kinds)]
    # Looked up once: another thread may forget them meanwhile.
    held = [known.get(name) for name in names]
    missing = [(name, place) for place, name in enumerate(names) if held[place] is None]
    first = dict(reversed(missing))
    asked = first.values()
    ranked = rank_batch(
        field,
        [tastes[place] for place in asked],
        limits=[limits[place] for place in asked],
        spare=spare,
        explained=explained,
    )
    found = {
        name: ranking if kinds[place] is None else ranking._replace(is_shared=True)
        for (name, place), ranking in zip(first.items(), ranked, strict=True)
    }
    if len(known) + len(found) > MOST_KINDS:
        known.clear()
    known.update((name, ranking) for name, ranking in found.items() if ranking.is_shared)
    return [ranking or found[name] for ranking, name in zip(held, names, strict=True)]


def _kind(field: Field, taste: Taste, *asked: Hashable) -> Hashable | None:
    """All that a ranking is made from, where others are likely to ask for the same; else None."""
    if taste.keywords or taste.authors or taste.organisations or taste.papers:
        return None
    seen = taste.seen & field.id_set if taste.seen else _NOTHING
    return asked, taste.seed, seen, tuple(taste.topics), tuple(taste.topics.values())
