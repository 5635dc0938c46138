"""From planned to composed: chooses the papers of a range of digests in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.timezone import make_aware

from digest.composing.candidates import Window, counting_editions, load_fields
from digest.composing.caps import SPARE, apply_caps
from digest.composing.editions import freeze
from digest.composing.models import Digest, TopicCap
from digest.composing.setwise import update_rows
from digest.composing.unapproved import may_compose
from digest.ranking.field import Field
from digest.ranking.rank import rank
from digest.ranking.shapes import Ranked, Taste
from subscriptions.marks import Feedback
from subscriptions.models import Interest

# A digest's id and the columns that composing decides.
Columns = tuple[int, dict[str, Any]]
WEIGHT_OF_FEEDBACK: dict[str, float] = {Feedback.Kind.MORE: 1.0, Feedback.Kind.SAVE: 1.0, Feedback.Kind.LESS: -1.0}
# A digest in one of these states never reached its reader: its papers may come again.
NEVER_ARRIVED = [Digest.State.REFUSED, Digest.State.BOUNCED, Digest.State.SKIPPED, Digest.State.EMPTY]


def compose_range(*, first_id: int, last_id: int, now: datetime) -> int:
    """Compose the planned digests with ids in a range, both included; return how many were composed.

    Safe to run twice, and at once: a row is written only while it is still planned.
    """
    planned = Digest.objects.filter(may_compose(now=now), id__gte=first_id, id__lte=last_id)
    digests = list(planned.select_related("subscriber").order_by("id"))
    if not digests:
        return 0
    # Frozen first: what is read after this cannot change under the digests that follow.
    freeze(edition_ids={digest.edition_id for digest in digests if digest.edition_id}, now=now)
    tastes = load_tastes(digests)
    liked = {paper for taste in tastes.values() for paper in taste.papers}
    fields = load_fields((_window(digest) for digest in digests), liked=liked)
    caps = load_caps({digest.period for digest in digests})
    composed: list[Columns] = []
    empty: list[Columns] = []
    for digest in digests:
        columns = fill_digest(digest, fields[_window(digest)], tastes[digest.subscriber_id], caps.get(digest.period))
        (composed if columns["entries"] else empty).append((digest.pk, columns))
    guard = {"state": Digest.State.PLANNED}
    update_rows(Digest, empty, shared={"state": Digest.State.EMPTY, "settled_at": now}, guard=guard)
    return update_rows(Digest, composed, shared={"state": Digest.State.COMPOSED, "composed_at": now}, guard=guard)


def compose_unsaved(digest: Digest, *, as_if_approved: bool = False, taste: Taste | None = None) -> Digest:
    """Fill in a digest that is not stored, for a preview, by the same steps as the send.

    `taste` stands in for what the tables know of a reader.
    """
    taste = taste or load_tastes([digest])[digest.subscriber_id]
    window = _window(digest)
    field = load_fields([window], liked=taste.papers, as_if_approved=as_if_approved)[window]
    caps = load_caps({digest.period}, as_if_approved=as_if_approved).get(digest.period)
    for name, value in fill_digest(digest, field, taste, caps).items():
        setattr(digest, name, value)
    return digest


def fill_digest(digest: Digest, field: Field, taste: Taste, caps: dict[int, int] | None = None) -> dict[str, Any]:
    """The columns that composing decides, for one digest. `caps`: the most of a topic, in percent."""
    chosen, open_to = choose(field, taste, limit=digest.subscriber.paper_limit, caps=caps)
    return {
        "entries": [_entry(ranked) for ranked in chosen],
        "more_count": open_to - len(chosen),
    }


def choose(
    field: Field, taste: Taste, *, limit: int, caps: dict[int, int] | None, explained: bool = True
) -> tuple[list[Ranked], int]:
    """The papers for one reader, best first and within the caps, and how many were open to them."""
    chosen, open_to = rank(field, taste, limit=limit * SPARE if caps else limit, explained=explained)
    if caps:
        topics = {candidate.id: candidate.topics for candidate in field.candidates}
        follows = {topic for topic, weight in taste.topics.items() if weight > 0}
        picks = {candidate.id for candidate in field.candidates if candidate.pick is not None}
        chosen = apply_caps(chosen, caps=caps, topics=topics, follows=follows, picks=picks, limit=limit)
    return chosen, open_to


def load_caps(periods: set[str], *, as_if_approved: bool = False) -> dict[str, dict[int, int]]:
    """By period: the most of each capped topic that its edition allows, in percent."""
    rows = TopicCap.objects.filter(edition__in=counting_editions(periods, as_if_approved=as_if_approved))
    caps: dict[str, dict[int, int]] = {}
    for period, topic, percent in rows.values_list("edition__period", "topic_id", "percent"):
        caps.setdefault(period, {})[topic] = percent
    return caps


def load_tastes(digests: Iterable[Digest]) -> dict[int, Taste]:
    """What the readers of these digests follow, mute and have been sent, by subscriber id."""
    batch = list(digests)
    tastes = {digest.subscriber_id: Taste() for digest in batch}
    seen = _load_seen(batch)
    rows = Interest.objects.filter(subscriber__in=tastes).order_by("id")
    for subscriber, kind, topic, paper, text, weight in rows.values_list(
        "subscriber_id", "kind", "topic_id", "paper_id", "text", "weight"
    ):
        taste = tastes[subscriber]
        match kind:
            case Interest.Kind.TOPIC:
                taste.topics[topic] = weight
            case Interest.Kind.KEYWORD:
                taste.keywords[text] = weight
            case Interest.Kind.AUTHOR:
                taste.authors[text] = weight
            case Interest.Kind.PAPER:
                taste.papers[paper] = weight
    _add_feedback(tastes, seen)
    return {subscriber: replace(taste, seen=frozenset(seen[subscriber])) for subscriber, taste in tastes.items()}


def _add_feedback(tastes: dict[int, Taste], seen: dict[int, set[int]]) -> None:
    """What readers said about papers: more and saved count as liked, less as disliked, hidden never comes."""
    said = Feedback.objects.filter(subscriber__in=tastes, made_by_machine=False).order_by("created_at", "id")
    for subscriber, paper, kind in said.values_list("subscriber_id", "paper_id", "kind"):
        if kind == Feedback.Kind.HIDE:
            seen[subscriber].add(paper)
        else:
            tastes[subscriber].papers[paper] = WEIGHT_OF_FEEDBACK[kind]


def _load_seen(batch: list[Digest]) -> dict[int, set[int]]:
    """Papers of earlier digests that could come up again.

    A paper cannot have been sent before it was listed, so digests older than the earliest window
    cannot matter; a month on top covers papers that an edition brings back.
    """
    since = make_aware(datetime.combine(min(digest.first_day for digest in batch), time.min)) - timedelta(days=31)
    earlier = Digest.objects.filter(subscriber__in=[digest.subscriber_id for digest in batch], slot_at__gte=since)
    seen: dict[int, set[int]] = defaultdict(set)
    for subscriber, entries in earlier.exclude(state__in=NEVER_ARRIVED).values_list("subscriber_id", "entries"):
        seen[subscriber].update(entry["paper"] for entry in entries)
    return seen


def _window(digest: Digest) -> Window:
    return Window(digest.first_day, digest.last_day, digest.period)


def _entry(ranked: Ranked) -> dict[str, Any]:
    return {
        "paper": ranked.paper,
        "score": round(ranked.score, 3),
        "reasons": [{name: value for name, value in asdict(reason).items() if value} for reason in ranked.reasons],
    }
