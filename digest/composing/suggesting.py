"""Which papers an edition could hold, and the drafts that fill themselves: curators only edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q

from digest.composing.models import Edition, Pick
from digest.composing.periods import coming_periods, days_of, listing_days, name_of
from digest.papers.models import Paper, PaperQuerySet
from subscriptions.models import Suggestion, Vote

# So many more are looked at than wanted, since caps leave some out.
_SPARE = 8
# Papers that readers voted for or suggested, in an edition's own section.
COMMUNITY_SIZE = 3
# A draft fills itself from so long before its period.
LEAD = timedelta(days=4)


def find_suggestions(*, edition: Edition, limit: int) -> list[Paper]:
    """The best trending papers of an edition's listing days that no edition holds yet, within its caps, best first."""
    papers = _fresh(edition).trending().prefetch_related("topics")[: limit * _SPARE]
    return list(_within_caps(papers, edition=edition, limit=limit))


def find_community_papers(*, edition: Edition, limit: int) -> list[Paper]:
    """The papers of an edition's listing days that readers here voted for most, or suggested, best first."""
    suggested = Suggestion.objects.filter(state=Suggestion.State.TAKEN).filter(
        Q(name=OuterRef("arxiv_id")) | Q(name=OuterRef("doi")) | Q(name=OuterRef("url"))
    )
    votes = Vote.objects.filter(paper=OuterRef("pk")).order_by().values("paper").annotate(count=Count("id"))
    counted = _fresh(edition).annotate(
        own_votes=votes.values("count")[:1],
        was_suggested=Exists(suggested),
    )
    liked = counted.filter(Q(own_votes__gt=0) | Q(was_suggested=True))
    return list(liked.order_by(F("own_votes").desc(nulls_last=True), "-trend", "-id")[:limit])


def suggest_picks(*, edition: Edition, limit: int) -> int:
    """Add suggestions below what is there until an edition holds `limit` picks; return how many were added."""
    held = edition.picks.shown().aggregate(count=Count("pk"), last=Max("position"))
    room = max(limit - held["count"], 0)
    start = 0 if held["last"] is None else held["last"] + 1
    has_community = edition.picks.filter(section=Pick.Section.COMMUNITY).exists()
    liked = [] if has_community else find_community_papers(edition=edition, limit=min(COMMUNITY_SIZE, room))
    others = find_suggestions(edition=edition, limit=room)
    best = [paper for paper in others if paper not in liked][: room - len(liked)]
    picks = [Pick(edition=edition, paper=paper, position=start + place) for place, paper in enumerate([*best, *liked])]
    for pick in picks[len(best) :]:
        pick.section = Pick.Section.COMMUNITY
    # Another curator may press the same button at the same moment: a paper is in once.
    Pick.objects.bulk_create(picks, ignore_conflicts=True)
    return len(picks)


def suggest_anew(*, edition: Edition, limit: int) -> int:
    """Replace the picks that nobody pinned, left out or wrote a note on; return how many picks are new."""
    with transaction.atomic():
        before = set(edition.picks.values_list("paper_id", flat=True))
        loose = edition.picks.filter(is_pinned=False, note="").exclude(section=Pick.Section.LEFT_OUT)
        loose.delete()
        suggest_picks(edition=edition, limit=limit)
    return len(set(edition.picks.values_list("paper_id", flat=True)) - before)


def draft_coming(*, now: datetime) -> int:
    """Fill the drafts of coming periods, anew until a person changes one; return how many were filled.

    Which kinds is a setting: without one, weeks alone.
    """
    filled = 0
    for kind in settings.DRAFT_KINDS:
        coming = next(coming_periods(now.date(), kind=kind))
        if days_of(coming)[0] <= now.date() + LEAD:
            Edition.objects.bulk_create([Edition(kind=kind, period=coming)], ignore_conflicts=True)
            filled += _fill(coming, now=now)
        filled += _fill(name_of(now.date(), kind=kind), now=now, only_again=True)
    return filled


def _fill(period: str, *, now: datetime, only_again: bool = False) -> bool:
    with transaction.atomic():
        draft = (
            Edition.objects.select_for_update().filter(period=period, state=Edition.State.DRAFT, frozen_at=None).first()
        )
        if draft is None or not _is_ours(draft, only_again=only_again):
            return False
        suggest_anew(edition=draft, limit=settings.DIGEST_SIZE)
        Edition.objects.filter(pk=draft.pk).update(drafted_at=now, updated_at=now)
    return True


def _is_ours(draft: Edition, *, only_again: bool) -> bool:
    """Whether no person has begun to work on a draft."""
    if draft.drafted_at is None:
        return not only_again and not draft.picks.exists()
    return draft.updated_at <= draft.drafted_at


def _fresh(edition: Edition) -> PaperQuerySet:
    first, last = listing_days(edition.period)
    used = Pick.objects.filter(paper=OuterRef("pk")).filter(~Q(section=Pick.Section.LEFT_OUT) | Q(edition=edition))
    return Paper.objects.sendable().listed_between(first, last).filter(~Exists(used))


def _within_caps(papers: Iterable[Paper], *, edition: Edition, limit: int) -> Iterator[Paper]:
    caps = {cap.topic_id: cap.percent * limit // 100 for cap in edition.caps.all()}
    held: Counter[int] = Counter()
    taken = 0
    for paper in papers:
        capped = [topic.pk for topic in paper.topics.all() if topic.pk in caps]
        if taken < limit and all(held[topic] < caps[topic] for topic in capped):
            held.update(capped)
            taken += 1
            yield paper
