"""What happens at a reader's hour when nobody approved the edition, or a source is in trouble: send, hold, or skip."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from digest.composing.models import Digest, Edition
from digest.papers.trouble import must_hold

SEND, HOLD, SKIP = "send", "hold", "skip"
_NOT_APPROVED = "The edition was not approved in time."


def may_compose(*, now: datetime) -> Q:
    """Planned digests that need not wait for a curator or a source, nor were cancelled."""
    return needs_no_wait(find_hold(now=now))


def find_hold(*, now: datetime) -> datetime | None:
    """A source set to hold digests is in trouble: those with an hour after this wait for it. None: no source is.

    It gets some hours to recover, then they go without.
    """
    return now - timedelta(hours=settings.SOURCE_HOLD_HOURS) if must_hold(now=now) else None


def needs_no_wait(hold: datetime | None) -> Q:
    """The same as `may_compose`, where it is known which digests wait for a source."""
    held = _editions(state=Edition.State.DRAFT, kinds=_kinds(HOLD, SKIP))
    ready = Q(state=Digest.State.PLANNED) & ~Q(held) & ~Q(_editions(state=Edition.State.CANCELLED))
    return ready if hold is None else ready & Q(slot_at__lte=hold)


def skip_unapproved(*, now: datetime) -> int:
    """Skip the planned digests whose edition was not approved in time, as the setting says; how many."""
    closed = 0
    for kind in _kinds(HOLD, SKIP):
        late = Digest.objects.filter(_editions(state=Edition.State.DRAFT, kinds=[kind]), state=Digest.State.PLANNED)
        if rule_for(kind) == HOLD:
            late = late.filter(slot_at__lt=now - longest_hold(kind))
        closed += late.update(state=Digest.State.SKIPPED, settled_at=now, error=_NOT_APPROVED)
    return closed


def longest_hold(kind: str) -> timedelta:
    """How long after a reader's hour a held digest may still go: as after an outage."""
    cadence = {Edition.Kind.DAY: "daily", Edition.Kind.WEEK: "weekly", Edition.Kind.MONTH: "monthly"}[
        Edition.Kind(kind)
    ]
    return settings.CATCH_UP[cadence]


def rule_for(kind: str) -> str:
    """`send`, `hold` or `skip` for a kind of edition."""
    return settings.WITHOUT_APPROVAL.get(kind, SEND)


def _kinds(*rules: str) -> list[str]:
    return [kind for kind in Edition.Kind.values if rule_for(kind) in rules]


def _editions(*, state: str, kinds: list[str] | None = None) -> Exists:
    found = Edition.objects.filter(pk=OuterRef("edition_id"), state=state)
    return Exists(found if kinds is None else found.filter(kind__in=kinds))
