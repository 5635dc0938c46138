"""From planned to composed: chooses the papers of a range of digests in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from digest.composing.candidates import Window, counting_editions, load_fields
from digest.composing.caps import SPARE, apply_caps
from digest.composing.editions import freeze
from digest.composing.models import Digest, TopicCap
from digest.composing.news import load_news
from digest.composing.rows import PlannedRow, planned_row_of, read_planned
from digest.composing.setwise import update_rows
from digest.composing.tastes import load_tastes, seed_of
from digest.composing.trial import current_pair, share_digest
from digest.composing.unapproved import may_compose
from digest.ranking.field import Field
from digest.ranking.interleave import Drafted
from digest.ranking.rank import rank_batch
from digest.ranking.rankers import RANKERS
from digest.ranking.shapes import Ranked, Ranking, Reason, Taste

# A digest's id and the columns that composing decides.
Columns = tuple[int, dict[str, Any]]


def compose_range(*, first_id: int, last_id: int, now: datetime) -> int:
    """Compose the planned digests with ids in a range, both included; return how many were composed.

    Safe to run twice, and at once: a row is written only while it is still planned.
    """
    planned = Digest.objects.filter(may_compose(now=now), id__gte=first_id, id__lte=last_id)
    digests = read_planned(planned)
    if not digests:
        return 0
    # Frozen first: what is read after this cannot change under the digests that follow.
    freeze(edition_ids={digest.edition_id for digest in digests if digest.edition_id}, now=now)
    tastes = load_tastes(digests)
    liked = {paper for taste in tastes.values() for paper in taste.papers}
    fields = load_fields((_window(digest) for digest in digests), liked=liked)
    caps = load_caps({digest.period for digest in digests})
    news = load_news(digests, seen={reader: taste.seen for reader, taste in tastes.items()})
    composed: list[Columns] = []
    empty: list[Columns] = []
    for window, group in _by_window(digests).items():
        readers = [tastes[digest.subscriber_id] for digest in group]
        filled = fill_digests(group, fields[window], readers, caps.get(window.period))
        for digest, columns in zip(group, filled, strict=True):
            columns["news"] = news.get(digest.subscriber_id, [])
            (composed if columns["entries"] else empty).append((digest.pk, columns))
    guard = {"state": Digest.State.PLANNED}
    update_rows(Digest, empty, shared={"state": Digest.State.EMPTY, "settled_at": now}, guard=guard)
    return update_rows(Digest, composed, shared={"state": Digest.State.COMPOSED, "composed_at": now}, guard=guard)


def compose_unsaved(digest: Digest, *, as_if_approved: bool = False, taste: Taste | None = None) -> Digest:
    """Fill in a digest that is not stored, for a preview, by the same steps as the send.

    `taste` stands in for what the tables know of a reader.
    """
    row = planned_row_of(digest)
    taste = replace(taste, seed=seed_of(row.period, taste)) if taste else load_tastes([row])[row.subscriber_id]
    window = _window(row)
    field = load_fields([window], liked=taste.papers, as_if_approved=as_if_approved)[window]
    caps = load_caps({row.period}, as_if_approved=as_if_approved).get(row.period)
    for name, value in fill_digests([row], field, [taste], caps)[0].items():
        setattr(digest, name, value)
    digest.news = load_news([row], seen={row.subscriber_id: taste.seen}).get(row.subscriber_id, [])
    return digest


def fill_digests(
    digests: Sequence[PlannedRow], field: Field, tastes: Sequence[Taste], caps: Mapping[int, int] | None
) -> list[dict[str, Any]]:
    """The columns that composing decides, for digests of one window. `caps`: the most of a topic, in percent."""
    limits = [digest.paper_limit for digest in digests]
    pair = current_pair()
    if pair is None:
        return [_columns(ranking) for ranking in choose_all(field, tastes, limits=limits, caps=caps)]
    first, second = (
        choose_all(field, [RANKERS[name](taste) for taste in tastes], limits=limits, caps=caps) for name in pair
    )
    return [
        _shared_columns(share_digest(digest, field, pair, (one.chosen, other.chosen)), one.open_to)
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
    rankings = rank_batch(field, tastes, limits=limits, spare=SPARE if caps else 1, explained=explained)
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
    rows = TopicCap.objects.filter(edition__in=counting_editions(periods, as_if_approved=as_if_approved))
    caps: dict[str, dict[int, int]] = {}
    for period, topic, percent in rows.values_list("edition__period", "topic_id", "percent"):
        caps.setdefault(period, {})[topic] = percent
    return caps


def _window(digest: PlannedRow) -> Window:
    return Window(digest.first_day, digest.last_day, digest.period)


def _by_window(digests: Iterable[PlannedRow]) -> dict[Window, list[PlannedRow]]:
    groups: dict[Window, list[PlannedRow]] = defaultdict(list)
    for digest in digests:
        groups[_window(digest)].append(digest)
    return groups


def _columns(ranking: Ranking) -> dict[str, Any]:
    """The columns that composing decides, for one digest."""
    return {
        "entries": [_entry(ranked) for ranked in ranking.chosen],
        "more_count": ranking.open_to - len(ranking.chosen),
    }


def _shared_columns(drafted: Sequence[Drafted], open_to: int) -> dict[str, Any]:
    """The same where two rankers chose: each entry names the one whose paper it is."""
    entries = [_entry(each.ranked) | ({"ranker": each.ranker} if each.ranker else {}) for each in drafted]
    return {"entries": entries, "more_count": open_to - len(entries)}


def _entry(ranked: Ranked) -> dict[str, Any]:
    return {
        "paper": ranked.paper,
        "score": round(ranked.score, 3),
        "reasons": [_told(reason) for reason in ranked.reasons],
    }


@lru_cache(maxsize=100_000)
def _told(reason: Reason) -> dict[str, Any]:
    """What it says. Readers by the thousand are told the same, so it is made once."""
    return {name: value for name, value in zip(reason._fields, reason, strict=True) if value}
