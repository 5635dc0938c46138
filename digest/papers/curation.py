"""What curators decide about papers: approve, hide, mark as withdrawn. Set-wise; says how many rows changed."""

from __future__ import annotations

from datetime import datetime

from digest.papers.models import Paper, PaperQuerySet
from digest.papers.news import note_withdrawals


def approve_papers(papers: PaperQuerySet, *, now: datetime) -> int:
    """Let everybody see these papers and digests carry them; those under embargo wait for its end."""
    return _move(papers.exclude(embargo_until__gt=now), to=Paper.State.APPROVED, now=now)


def embargo_papers(papers: PaperQuerySet, *, until: datetime, now: datetime) -> int:
    """Keep these papers back until a moment; nobody sees or gets them before."""
    return papers.order_by().update(state=Paper.State.PENDING, embargo_until=until, updated_at=now)


def lift_embargoes(*, now: datetime) -> int:
    """Approve the papers whose embargo is over; return how many."""
    over = Paper.objects.filter(embargo_until__lte=now)
    count = approve_papers(over.filter(state=Paper.State.PENDING), now=now)
    over.update(embargo_until=None)
    return count


def hide_papers(papers: PaperQuerySet, *, now: datetime) -> int:
    """Take these papers off every page and out of every digest not yet sent."""
    return _move(papers, to=Paper.State.HIDDEN, now=now)


def set_aside(papers: PaperQuerySet, *, now: datetime) -> int:
    """Take these papers back to the curators' queue."""
    return _move(papers, to=Paper.State.PENDING, now=now)


def withdraw_papers(papers: PaperQuerySet, *, now: datetime) -> int:
    """Mark these papers as withdrawn by their authors: still shown, with a mark, never sent again.

    Whoever was sent one is told with their next digest.
    """
    standing = list(papers.filter(withdrawn_at=None).order_by().values_list("pk", flat=True))
    note_withdrawals(standing, now=now)
    return Paper.objects.filter(pk__in=standing, withdrawn_at=None).update(withdrawn_at=now, updated_at=now)


def restore_papers(papers: PaperQuerySet, *, now: datetime) -> int:
    """Take the withdrawn mark off again."""
    return papers.exclude(withdrawn_at=None).order_by().update(withdrawn_at=None, updated_at=now)


def _move(papers: PaperQuerySet, *, to: Paper.State, now: datetime) -> int:
    return papers.exclude(state=to).order_by().update(state=to, updated_at=now)
