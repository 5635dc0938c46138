"""How many readers follow something that a paper is about: mutes count, limits do not, so fewer may get it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.core.cache import cache
from numpy.typing import NDArray

from digest.papers.models import Paper
from subscriptions.models import Interest, Subscriber

KEPT_SECONDS = 600
Ids = NDArray[np.int64]
_WORD = re.compile(r"\w+")
_NOBODY: Ids = np.array([], dtype=np.int64)


@dataclass(slots=True)
class Followers:
    """Active readers by what they follow or mute, as sorted ids."""

    follow: dict[tuple[str, object], Ids] = field(default_factory=dict)
    mute: dict[tuple[str, object], Ids] = field(default_factory=dict)
    # The first word of each keyword to the keywords that begin so.
    by_first_word: dict[str, list[str]] = field(default_factory=dict)
    # The highest id of them.
    last: int = 0


def count_reach(papers: Sequence[Paper]) -> dict[int, int]:
    """By paper id: how many active readers follow its topics, authors or words, and mute none of them."""
    followers = cache.get("desk:followers")
    if followers is None:
        followers = load_followers()
        cache.set("desk:followers", followers, timeout=KEPT_SECONDS)
    return {paper.pk: _reach(_names(paper, followers), followers) for paper in papers}


def load_followers() -> Followers:
    """Everybody's interests, in one query."""
    active = Subscriber.objects.filter(state=Subscriber.State.ACTIVE)
    rows = Interest.objects.filter(subscriber__in=active).exclude(kind=Interest.Kind.PAPER).order_by()
    follow: dict[tuple[str, object], list[int]] = defaultdict(list)
    mute: dict[tuple[str, object], list[int]] = defaultdict(list)
    words: dict[str, set[str]] = defaultdict(set)
    for reader, kind, topic, text, weight in rows.values_list("subscriber_id", "kind", "topic_id", "text", "weight"):
        name = topic if kind == Interest.Kind.TOPIC else " ".join(text.casefold().split())
        (follow if weight > 0 else mute)[kind, name].append(reader)
        if kind == Interest.Kind.KEYWORD and (first := _WORD.search(str(name))):
            words[first[0]].add(str(name))
    last = max((max(ids) for ids in (*follow.values(), *mute.values())), default=0)
    return Followers(_pack(follow), _pack(mute), {word: sorted(found) for word, found in words.items()}, last)


def _pack(lists: Mapping[tuple[str, object], list[int]]) -> dict[tuple[str, object], Ids]:
    return {name: np.unique(np.array(ids, dtype=np.int64)) for name, ids in lists.items()}


def _names(paper: Paper, followers: Followers) -> list[tuple[str, object]]:
    """What a reader could follow this paper by."""
    text = f"{paper.title}\n{paper.abstract}".casefold()
    keywords = {word for first in set(_WORD.findall(text)) for word in followers.by_first_word.get(first, ())}
    held = [word for word in keywords if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return [
        *((Interest.Kind.TOPIC, topic.pk) for topic in paper.topics.all()),
        *((Interest.Kind.AUTHOR, " ".join(name.casefold().split())) for name in paper.authors),
        *((Interest.Kind.KEYWORD, word) for word in held),
    ]


def _reach(names: Iterable[tuple[str, object]], followers: Followers) -> int:
    """A mark for each reader, set by what they follow and taken away by what they mute: no list is ever sorted."""
    names = list(names)
    reached = np.zeros(followers.last + 1, dtype=np.bool_)
    for name in names:
        reached[followers.follow.get(name, _NOBODY)] = True
    for name in names:
        reached[followers.mute.get(name, _NOBODY)] = False
    return int(np.count_nonzero(reached))
