"""Decisions about many papers at once, written down with what they were before, so that each can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from digest.papers.curation import approve_papers, embargo_papers, hide_papers, withdraw_papers
from digest.papers.joining import part_again
from digest.papers.models import Decision, Paper, PaperQuerySet, Topic
from digest.papers.trail import leave_trail

Kind = Decision.Kind


def decide(
    papers: PaperQuerySet,
    *,
    kind: Decision.Kind,
    user_id: int | None,
    now: datetime,
    until: datetime | None = None,
    topics: Collection[int] = (),
) -> Decision | None:
    """Decide about these papers; None where nothing changes. `until` ends an embargo, `topics` are to file under."""
    with transaction.atomic():
        ids = list(_open_to(papers, kind=kind, now=now).order_by().values_list("pk", flat=True))
        if not ids:
            return None
        before = _describe(ids)
        _carry_out(Paper.objects.filter(pk__in=ids), kind=kind, now=now, until=until, topics=topics)
        decision = Decision.objects.create(kind=kind, made_by_id=user_id, before=before, count=len(ids), made_at=now)
        leave_trail(ids, user_id=user_id, reason=f"{kind.label} ({decision.pk})")
    return decision


def undo(decision: Decision, *, user_id: int | None, now: datetime) -> int:
    """Put papers back to what they were before a decision; those decided about since stay. How many went back."""
    with transaction.atomic():
        mine = Decision.objects.filter(pk=decision.pk, undone_at=None)
        if not mine.update(undone_at=now):
            return 0
        ids = [int(pk) for pk in decision.before]
        later = Decision.objects.filter(made_at__gt=decision.made_at, undone_at=None).values_list("before", flat=True)
        decided_since = {int(pk) for before in later for pk in before}
        if decision.kind == Kind.MERGED:
            return _part(decision, ids, is_late=bool(decided_since.intersection(ids)), user_id=user_id, now=now)
        still = [pk for pk in Paper.objects.filter(pk__in=ids).values_list("pk", flat=True) if pk not in decided_since]
        for pk in still:
            _restore(pk, decision.before[str(pk)], now=now)
        leave_trail(still, user_id=user_id, reason=f"Taken back ({decision.pk})")
    return len(still)


def _part(decision: Decision, ids: list[int], *, is_late: bool, user_id: int | None, now: datetime) -> int:
    """Two papers of one again: both or none."""
    if is_late or Paper.objects.filter(pk__in=ids).count() < len(ids):
        Decision.objects.filter(pk=decision.pk).update(undone_at=None)
        return 0
    count = part_again(decision, now=now)
    leave_trail(ids, user_id=user_id, reason=f"Taken back ({decision.pk})")
    return count


def _open_to(papers: PaperQuerySet, *, kind: Decision.Kind, now: datetime) -> PaperQuerySet:
    match kind:
        case Kind.APPROVED:
            return papers.exclude(state=Paper.State.APPROVED).exclude(embargo_until__gt=now)
        case Kind.HIDDEN:
            return papers.exclude(state=Paper.State.HIDDEN)
        case Kind.WITHDRAWN:
            return papers.filter(withdrawn_at=None)
        case _:
            return papers


def _carry_out(
    papers: PaperQuerySet, *, kind: Decision.Kind, now: datetime, until: datetime | None, topics: Collection[int]
) -> None:
    match kind:
        case Kind.APPROVED:
            approve_papers(papers, now=now)
        case Kind.HIDDEN:
            hide_papers(papers, now=now)
        case Kind.WITHDRAWN:
            withdraw_papers(papers, now=now)
        case Kind.EMBARGOED:
            assert until is not None
            embargo_papers(papers, until=until, now=now)
        case Kind.FILED:
            _file(papers, topics)


def _file(papers: PaperQuerySet, topics: Collection[int]) -> None:
    """Under these topics and no others."""
    through = Paper.topics.through
    known = list(Topic.objects.filter(pk__in=topics).values_list("pk", flat=True))
    ids = list(papers.values_list("pk", flat=True))
    through.objects.filter(paper__in=ids).delete()
    through.objects.bulk_create(through(paper_id=pk, topic_id=topic) for pk in ids for topic in known)


def _describe(ids: Iterable[int]) -> dict[str, list[Any]]:
    rows = Paper.objects.filter(pk__in=ids).prefetch_related("topics")
    return {str(p.pk): [p.state, _write(p.withdrawn_at), _write(p.embargo_until), _topics(p)] for p in rows}


def _restore(pk: int, was: list[Any], *, now: datetime) -> None:
    state, withdrawn_at, embargo_until, topics = was[:4]
    moments = {"withdrawn_at": _read(withdrawn_at), "embargo_until": _read(embargo_until)}
    Paper.objects.filter(pk=pk).update(state=state, updated_at=now, **moments)
    _file(Paper.objects.filter(pk=pk), topics)


def _topics(paper: Paper) -> list[int]:
    return sorted(topic.pk for topic in paper.topics.all())


def _write(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
