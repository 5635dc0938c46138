"""What curators do with an edition: suggest, approve, reopen, freeze. Every move is a conditional UPDATE."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from digest.composing.models import Digest, Edition, Pick
from digest.composing.periods import days_of, listing_days
from digest.papers.models import Paper
from subscriptions.models import Cadence, Subscriber
from subscriptions.suppression import not_suppressed

CADENCES = {
    Edition.Kind.DAY: (Cadence.DAILY, Cadence.WEEKDAYS),
    Edition.Kind.WEEK: (Cadence.WEEKLY,),
    Edition.Kind.MONTH: (Cadence.MONTHLY,),
}
FRIDAY = 5


class EditionNotReadyError(ValueError):
    """An edition cannot be approved yet; `problems` are sentences that say what to put right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def approve(*, edition_id: int, user: AbstractBaseUser, now: datetime) -> bool:
    """Approve a draft; False where somebody did so already. Raises `EditionNotReadyError`.

    An approval that comes late reaches the readers whose digest is not composed yet.
    """
    with transaction.atomic():
        # The lock keeps another curator from changing the picks between the check and the approval.
        edition = Edition.objects.select_for_update().get(pk=edition_id)
        if edition.state == Edition.State.APPROVED:
            return False
        if problems := find_problems(edition=edition):
            raise EditionNotReadyError(problems)
        draft = Edition.objects.filter(pk=edition_id, state=Edition.State.DRAFT)
        return bool(draft.update(state=Edition.State.APPROVED, approved_by=user.pk, approved_at=now, updated_at=now))


def reopen(*, edition_id: int, now: datetime) -> bool:
    """Take an approved edition back to draft; False once its first digest was composed."""
    open_still = Edition.objects.filter(pk=edition_id, state=Edition.State.APPROVED, frozen_at=None)
    return bool(open_still.update(state=Edition.State.DRAFT, approved_by=None, approved_at=None, updated_at=now))


def freeze(*, edition_ids: Iterable[int], now: datetime) -> int:
    """Note that the first digests of these editions are being composed: what is approved stays as it is.

    Call before reading picks: an approval taken back after that would be too late.
    """
    return Edition.objects.filter(pk__in=list(edition_ids), frozen_at=None).update(frozen_at=now)


def find_approved(*, period: str) -> Edition | None:
    """The approved edition of a period, if there is one."""
    return Edition.objects.filter(period=period, state=Edition.State.APPROVED).first()


def find_problems(*, edition: Edition) -> list[str]:
    """What stands in the way of approving an edition, as sentences; empty where nothing does."""
    papers = [pick.paper for pick in edition.picks.select_related("paper")]
    if not papers:
        return ["It has no papers yet. Add at least one pick, or let the desk suggest some."]
    return [f"“{paper.title}” {fault}. Remove it, or change the paper." for paper in papers if (fault := _fault(paper))]


def _fault(paper: Paper) -> str:
    if paper.withdrawn_at is not None:
        return "was withdrawn"
    return {
        Paper.State.HIDDEN: "is hidden",
        Paper.State.PENDING: "still waits for a curator",
    }.get(Paper.State(paper.state), "")


def find_suggestions(*, edition: Edition, limit: int) -> list[Paper]:
    """The best trending papers of an edition's listing days that no edition holds yet, best first."""
    first, last = listing_days(edition.period)
    used = Pick.objects.filter(paper=OuterRef("pk"))
    fresh = Paper.objects.sendable().listed_between(first, last).filter(~Exists(used))
    return list(fresh.trending()[:limit])


def suggest_picks(*, edition: Edition, limit: int) -> int:
    """Add suggestions below what is there until an edition holds `limit` picks; return how many were added."""
    held = edition.picks.aggregate(count=Count("pk"), last=Max("position"))
    papers = find_suggestions(edition=edition, limit=max(limit - held["count"], 0))
    start = 0 if held["last"] is None else held["last"] + 1
    picks = [Pick(edition=edition, paper=paper, position=start + place) for place, paper in enumerate(papers)]
    # Another curator may press the same button at the same moment: a paper is in once.
    Pick.objects.bulk_create(picks, ignore_conflicts=True)
    return len(picks)


def audience(*, edition: Edition) -> int:
    """How many active readers would still get this edition: their digest for its period is not composed yet."""
    return readers_of(edition=edition).count()


def readers_of(*, edition: Edition) -> QuerySet[Subscriber]:
    """The active readers whose next digests may carry an edition."""
    cadences = CADENCES[Edition.Kind(edition.kind)]
    first, _ = days_of(edition.period)
    if edition.kind == Edition.Kind.DAY and first.isoweekday() > FRIDAY:
        cadences = (Cadence.DAILY,)
    served = Digest.objects.filter(subscriber=OuterRef("pk"), period=edition.period)
    return Subscriber.objects.filter(
        not_suppressed(),
        ~Exists(served.exclude(state=Digest.State.PLANNED)),
        state=Subscriber.State.ACTIVE,
        cadence__in=cadences,
    )
