"""What curators do with an edition: approve, schedule, reopen, freeze. Every move is a conditional UPDATE."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from digest.compiled import Row, compiled
from digest.composing.models import Digest, Edition
from digest.composing.periods import days_of
from digest.composing.setwise import Among
from digest.papers.models import Paper
from digest.papers.trouble import describe_for_readers, find_trouble
from subscriptions.models import Cadence, Subscriber
from subscriptions.suppression import not_suppressed

logger = logging.getLogger(__name__)

CADENCES = {
    Edition.Kind.DAY: (Cadence.DAILY, Cadence.WEEKDAYS),
    Edition.Kind.WEEK: (Cadence.WEEKLY,),
    Edition.Kind.MONTH: (Cadence.MONTHLY,),
}
FRIDAY = 5
_NOTICE_LENGTH = 300


class EditionNotReadyError(ValueError):
    """An edition cannot be approved yet; `problems` are sentences that say what to put right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def approve(*, edition_id: int, user: AbstractBaseUser | None, now: datetime) -> bool:
    """Approve a draft; False where somebody did so already. Raises `EditionNotReadyError`.

    An approval that comes late reaches the readers whose digest is not composed yet.
    """
    with transaction.atomic():
        # The lock keeps another curator from changing the picks between the check and the approval.
        edition = Edition.objects.select_for_update().get(pk=edition_id)
        if edition.state != Edition.State.DRAFT:
            return False
        if problems := find_problems(edition=edition):
            raise EditionNotReadyError(problems)
        draft = Edition.objects.filter(pk=edition_id, state=Edition.State.DRAFT)
        changes = {"approved_by": user and user.pk, "approved_at": now, "scheduled_at": None, "updated_at": now}
        return bool(draft.update(state=Edition.State.APPROVED, **changes))


def reopen(*, edition_id: int, now: datetime) -> bool:
    """Take an approved edition back to draft; False once its first digest was composed."""
    open_still = Edition.objects.filter(pk=edition_id, state=Edition.State.APPROVED, frozen_at=None)
    return bool(open_still.update(state=Edition.State.DRAFT, approved_by=None, approved_at=None, updated_at=now))


def freeze(*, edition_ids: Iterable[int], now: datetime) -> int:
    """Note that the first digests of these editions are being composed: what is approved stays as it is.

    Call before reading picks: an approval taken back after that would be too late.
    """
    numbers = list(edition_ids)
    if not _ask_unfrozen(editions=numbers):
        return 0
    notice = describe_for_readers(find_trouble(now=now))[:_NOTICE_LENGTH]
    fresh = Edition.objects.filter(pk__in=numbers, frozen_at=None)
    return fresh.update(frozen_at=now, source_notice=notice)


@compiled
def _ask_unfrozen(*, editions: Collection[int]) -> QuerySet[Edition, Row]:
    return Edition.objects.filter(Among("id", editions), frozen_at=None).order_by().values_list("id")[:1]


def schedule(*, edition_id: int, moment: datetime, now: datetime) -> bool:
    """Have a draft approved by itself at a moment to come; False where there is no draft to schedule.

    Raises `EditionNotReadyError` where it could not be approved as it is, or where the moment is over.
    """
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(pk=edition_id)
        problems = find_problems(edition=edition)
        if moment <= now:
            problems.append("That moment is over. Choose a later one, or approve the edition at once.")
        if problems:
            raise EditionNotReadyError(problems)
        draft = Edition.objects.filter(pk=edition_id, state=Edition.State.DRAFT)
        return bool(draft.update(scheduled_at=moment, updated_at=now))


def unschedule(*, edition_id: int, now: datetime) -> bool:
    """Take a schedule back; False where there was none."""
    waiting = Edition.objects.filter(pk=edition_id, state=Edition.State.DRAFT, scheduled_at__isnull=False)
    return bool(waiting.update(scheduled_at=None, updated_at=now))


def approve_scheduled(*, now: datetime) -> int:
    """Approve the drafts whose moment has come; what is in the way of one ends its schedule and is logged."""
    approved = 0
    for edition in Edition.objects.filter(state=Edition.State.DRAFT, scheduled_at__lte=now):
        try:
            approved += approve(edition_id=edition.pk, user=None, now=now)
        except EditionNotReadyError as not_ready:
            logger.error("Edition %s was not approved at its time: %s", edition.pk, not_ready)  # noqa: TRY400  # no fault of ours
            Edition.objects.filter(pk=edition.pk).update(scheduled_at=None)
    return approved


def find_approved(*, period: str) -> Edition | None:
    """The approved edition of a period, if there is one."""
    return Edition.objects.filter(period=period, state=Edition.State.APPROVED).first()


def find_problems(*, edition: Edition) -> list[str]:
    """What stands in the way of approving an edition, as sentences; empty where nothing does."""
    if edition.state == Edition.State.CANCELLED:
        return ["It was cancelled. Nothing of it goes out any more."]
    papers = [pick.paper for pick in edition.picks.shown().select_related("paper")]
    if not papers:
        return ["It has no papers yet. Add at least one pick, or let the desk suggest some."]
    return [f"“{paper.title}” {fault}. Remove it, or change the paper." for paper in papers if (fault := _fault(paper))]


def _fault(paper: Paper) -> str:
    if paper.withdrawn_at is not None:
        return "was withdrawn"
    if paper.state == Paper.State.PENDING and paper.embargo_until:
        # Readers whose hour comes before it ends get the digest without it.
        return ""
    return {
        Paper.State.HIDDEN: "is hidden",
        Paper.State.PENDING: "still waits for a curator",
    }.get(Paper.State(paper.state), "")


def audience(*, edition: Edition) -> int:
    """How many active readers would still get this edition: their digest for its period is not composed yet."""
    return readers_of(edition=edition).count()


def readers_of(*, edition: Edition) -> QuerySet[Subscriber]:
    """The active readers whose next digests may carry an edition."""
    cadences = CADENCES[Edition.Kind(edition.kind)]
    first, _ = days_of(edition.period)
    if edition.kind == Edition.Kind.DAY and first.isoweekday() > FRIDAY:
        cadences = (Cadence.DAILY,)
    if edition.state == Edition.State.CANCELLED:
        return Subscriber.objects.none()
    served = Digest.objects.filter(subscriber=OuterRef("pk"), period=edition.period)
    return Subscriber.objects.filter(
        not_suppressed(),
        ~Exists(served.exclude(state=Digest.State.PLANNED)),
        state=Subscriber.State.ACTIVE,
        cadence__in=cadences,
    )
