"""From planned to composed: chooses the papers of a range of digests in a fixed number of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from digest.compiled import Row, compiled
from digest.composing.candidates import Window, counting_editions, counting_states, load_fields
from digest.composing.caps import SPARE, apply_caps
from digest.composing.editions import freeze
from digest.composing.entries import Entries, make_entry, write_entries
from digest.composing.models import Digest, TopicCap
from digest.composing.news import load_news
from digest.composing.rows import Contents, PlannedRow, make_planned, planned_row_of, select_planned
from digest.composing.setwise import update_packed
from digest.composing.tastes import load_tastes, seed_of
from digest.composing.trial import current_pair, share_digest
from digest.composing.unapproved import find_hold, needs_no_wait
from digest.ranking.alike import rank_alike
from digest.ranking.field import Field
from digest.ranking.interleave import Drafted
from digest.ranking.rankers import RANKERS
from digest.ranking.shapes import Ranking, Taste

# A digest's entries are a kilobyte of text, which is there several times on its way to the database.
STORED = 1_000
_OF_WINDOW = attrgetter(*Window._fields)
# What this process has made, from one range to the next.
_entries = Entries()


def compose_range(*, first_id: int, last_id: int, now: datetime) -> int:
    """Compose the planned digests with ids in a range, both included; return how many were composed."""
    return len(compose_digests(first_id=first_id, last_id=last_id, now=now))


def compose_digests(*, first_id: int, last_id: int, now: datetime) -> dict[int, Contents]:
    """The same, and return what was written, by the digest's id.

    Safe to run twice, and at once: a row is written only while it is still planned.
    """
    hold = find_hold(now=now)
    digests = make_planned(_ask_planned(hold, first_id=first_id, last_id=last_id))
    if not digests:
        return {}
    # Frozen first: what is read after this cannot change under the digests that follow.
    freeze(edition_ids={digest.edition_id for digest in digests if digest.edition_id}, now=now)
    found = _fill_all(digests)
    empty = {pk: contents for pk, contents in found.items() if not contents.entries}
    composed = {pk: contents for pk, contents in found.items() if contents.entries}
    _store(empty, {"state": Digest.State.EMPTY, "settled_at": now})
    written = _store(composed, {"state": Digest.State.COMPOSED, "composed_at": now})
    return {pk: composed[pk] for pk in written}


@compiled
def _ask_planned(hold: datetime | None, *, first_id: int, last_id: int) -> QuerySet[Digest, Row]:
    return select_planned(Digest.objects.filter(needs_no_wait(hold), id__gte=first_id, id__lte=last_id))


def _fill_all(digests: Sequence[PlannedRow]) -> dict[int, Contents]:
    """What each digest of a batch is to hold, by id; in a fixed number of queries."""
    tastes = load_tastes(digests)
    liked = {paper for taste in tastes.values() for paper in taste.papers}
    groups = _by_window(digests)
    fields = load_fields(groups, liked=liked)
    caps = load_caps({digest.period for digest in digests})
    news = load_news(digests, seen={reader: taste.seen for reader, taste in tastes.items()})
    found: dict[int, Contents] = {}
    for window, group in groups.items():
        readers = [tastes[digest.subscriber_id] for digest in group]
        filled = fill_digests(group, fields[window], readers, caps.get(window.period))
        for digest, contents in zip(group, filled, strict=True):
            told = news.get(digest.subscriber_id)
            found[digest.pk] = contents._replace(news=told) if told else contents
    return found


def _store(found: Mapping[int, Contents], shared: Mapping[str, Any]) -> list[int]:
    """Write digests that are still planned, `STORED` by a statement; return the ids of those that were."""
    ids, guard = list(found), {"state": Digest.State.PLANNED}
    written: list[int] = []
    for place in range(0, len(ids), STORED):
        packed = _pack({pk: found[pk] for pk in ids[place : place + STORED]})
        written += update_packed(Digest, packed, names=Contents._fields, shared=shared, guard=guard)
    return written


def _pack(found: Mapping[int, Contents]) -> str:
    """The digests as rows of JSON."""
    rows = [
        f"[{pk},{write_entries(entries)},{more_count},{json.dumps(news) if news else '[]'}]"
        for pk, (entries, more_count, news) in found.items()
    ]
    return f"[{','.join(rows)}]"


def compose_unsaved(digest: Digest, *, as_if_approved: bool = False, taste: Taste | None = None) -> Digest:
    """Fill in a digest that is not stored, for a preview, by the same steps as the send.

    `taste` stands in for what the tables know of a reader.
    """
    planned = planned_row_of(digest)
    if taste is None:
        taste = load_tastes([planned])[planned.subscriber_id]
    else:
        taste = replace(taste, seed=seed_of(planned.period, taste.topics))
    [window] = _by_window([planned])
    field = load_fields([window], liked=taste.papers, as_if_approved=as_if_approved)[window]
    caps = load_caps({digest.period}, as_if_approved=as_if_approved).get(digest.period)
    for name, value in fill_digests([planned], field, [taste], caps)[0]._asdict().items():
        setattr(digest, name, value)
    digest.news = load_news([planned], seen={planned.subscriber_id: taste.seen}).get(planned.subscriber_id, [])
    return digest


def fill_digests(
    digests: Sequence[PlannedRow], field: Field, tastes: Sequence[Taste], caps: Mapping[int, int] | None
) -> list[Contents]:
    """The columns that composing decides, for digests of one window. `caps`: the most of a topic, in percent."""
    limits = [digest.paper_limit for digest in digests]
    pair = current_pair()
    if pair is None:
        return [_contents(ranking) for ranking in choose_all(field, tastes, limits=limits, caps=caps)]
    first, second = (
        choose_all(field, [RANKERS[name](taste) for taste in tastes], limits=limits, caps=caps) for name in pair
    )
    return [
        _shared_contents(share_digest(digest, field, pair, (one.chosen, other.chosen)), one.open_to)
        for digest, one, other in zip(digests, first, second, strict=True)
    ]


def choose(
    field: Field, taste: Taste, *, limit: int, caps: Mapping[int, int] | None, explained: bool = True
) -> Ranking:
    """The papers for one reader, best first and within the caps, and how many were open to them."""
    return choose_all(field, [taste], limits=[limit], caps=caps, explained=explained)[0]


def choose_all(
    field: Field,
    tastes: Sequence[Taste],
    *,
    limits: Sequence[int],
    caps: Mapping[int, int] | None,
    explained: bool = True,
) -> list[Ranking]:
    """The same for many readers of one window at once. `caps`: the most of a topic, in percent."""
    rankings = rank_alike(field, tastes, limits=limits, spare=SPARE if caps else 1, explained=explained)
    if not caps:
        return rankings
    topics = {candidate.id: candidate.topics for candidate in field.candidates}
    picks = {candidate.id for candidate in field.candidates if candidate.pick is not None}
    capped: list[Ranking] = []
    for ranking, taste, limit in zip(rankings, tastes, limits, strict=True):
        follows = {topic for topic, weight in taste.topics.items() if weight > 0}
        chosen = apply_caps(ranking.chosen, caps=caps, topics=topics, follows=follows, picks=picks, limit=limit)
        capped.append(Ranking(chosen, ranking.open_to))
    return capped


def load_caps(periods: set[str], *, as_if_approved: bool = False) -> dict[str, dict[int, int]]:
    """By period: the most of each capped topic that its edition allows, in percent."""
    caps: dict[str, dict[int, int]] = {}
    for period, topic, percent in _ask_caps(counting_states(as_if_approved=as_if_approved), periods=periods):
        caps.setdefault(period, {})[topic] = percent
    return caps


@compiled
def _ask_caps(states: Collection[str], *, periods: Collection[str]) -> QuerySet[TopicCap, Row]:
    rows = TopicCap.objects.filter(edition__in=counting_editions(periods, states))
    return rows.values_list("edition__period", "topic_id", "percent")


def _by_window(digests: Iterable[PlannedRow]) -> dict[Window, list[PlannedRow]]:
    groups: dict[tuple[Any, ...], list[PlannedRow]] = defaultdict(list)
    for digest in digests:
        groups[_OF_WINDOW(digest)].append(digest)
    return {Window._make(values): group for values, group in groups.items()}


def _contents(ranking: Ranking) -> Contents:
    """The columns that composing decides, for one digest."""
    entries = _entries.find_choice(ranking.chosen) if ranking.is_shared else _entries.find_all(ranking.chosen)
    return Contents(entries, ranking.open_to - len(entries))


def _shared_contents(drafted: Sequence[Drafted], open_to: int) -> Contents:
    """The same where two rankers chose: each entry names the one whose paper it is."""
    entries = [make_entry(each.ranked, each.ranker) for each in drafted]
    return Contents(entries, open_to - len(entries))
