"""Upvotes by readers: one a person and paper, counted into the paper's own number."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from digest.papers.models import Paper, Signal
from digest.papers.trending import refresh_trends
from subscriptions.models import Subscriber, Vote


def cast_vote(*, person: Subscriber, paper_id: int, now: datetime) -> bool:
    """Vote for a published paper. True: the reader's vote is on record, since now or since before."""
    with transaction.atomic():
        paper = Paper.objects.all().published().select_for_update().filter(pk=paper_id).first()
        if paper is None:
            return False
        _, is_new = Vote.objects.get_or_create(subscriber=person, paper=paper, defaults={"created_at": now})
        if is_new:
            _count(paper, change=1, day=now.date())
    return True


def take_vote_back(*, person: Subscriber, paper_id: int) -> bool:
    """Withdraw a vote. True: the reader has no vote on this paper any more."""
    with transaction.atomic():
        paper = Paper.objects.select_for_update().filter(pk=paper_id).first()
        if paper is None:
            return True
        vote = Vote.objects.filter(subscriber=person, paper=paper).first()
        if vote is not None:
            vote.delete()
            _count(paper, change=-1, day=vote.created_at.date())
    return True


def _count(paper: Paper, *, change: int, day: date) -> None:
    """Move our readers' part of the number that listings sort by. The row is locked by the caller."""
    signal, _ = Signal.objects.get_or_create(paper=paper, day=day)
    signal.reader_votes = max(signal.reader_votes + change, 0)
    signal.save(update_fields=["reader_votes"])
    change = max(change, -paper.reader_votes)
    paper.reader_votes += change
    paper.votes = max(paper.votes + change, 0)
    paper.save(update_fields=["votes", "reader_votes", "updated_at"])
    refresh_trends([paper])
