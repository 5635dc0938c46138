"""The sum that must add up: what became of every digest of an edition, at any moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min
from django.db.models.functions import TruncMinute

from digest.composing.models import Digest, Edition
from digest.delivery.brakes import FEWEST_COMPLAINTS

S = Digest.State
# How the states add up for a person: in this order, together everything.
PARTS: dict[str, tuple[S, ...]] = {
    "accepted": (S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.COMPLAINED),
    "refused": (S.REFUSED,),
    "unknown": (S.UNKNOWN,),
    "retry": (S.RETRY,),
    "not yet": (S.PLANNED, S.COMPOSED, S.SENDING),
    "empty": (S.EMPTY,),
    "skipped": (S.SKIPPED,),
}
OPEN = ("not yet", "retry")
# The pace of these last minutes tells when the rest will be done.
RECENT = timedelta(minutes=5)
FEWEST_FOR_A_PACE = 100


@dataclass(frozen=True, slots=True)
class Account:
    """An edition's digests by what became of them. `eligible` is counted by itself, not added up."""

    edition: Edition
    eligible: int
    parts: dict[str, int]
    # Of the accepted ones, what the provider told us later.
    delivered: int
    bounced: int
    complained: int
    per_minute: float
    ends_at: datetime | None

    @property
    def adds_up(self) -> bool:
        """Whether every eligible reader is accounted for."""
        return self.eligible == sum(self.parts.values())

    @property
    def complaints_worry(self) -> bool:
        """Whether so many reported it as spam that providers begin to mind."""
        accepted = self.parts["accepted"]
        return self.complained >= FEWEST_COMPLAINTS and self.complained >= settings.COMPLAINT_WARN * accepted

    @property
    def left(self) -> int:
        """How many are still on their way."""
        return sum(self.parts[name] for name in OPEN)

    @property
    def percent_done(self) -> int:
        """Rounded down, so that 100 means all."""
        return math.floor(100 * (self.eligible - self.left) / self.eligible) if self.eligible else 100


def account_for(edition: Edition, *, now: datetime) -> Account:
    """Count one edition's digests, in three queries."""
    digests = Digest.objects.filter(edition=edition)
    by_state = dict(digests.values_list("state").annotate(count=Count("id")).order_by())
    parts = {name: sum(by_state.get(state, 0) for state in states) for name, states in PARTS.items()}
    recent = digests.filter(accepted_at__gt=now - RECENT, accepted_at__lte=now).count()
    per_minute = recent / (RECENT / timedelta(minutes=1))
    left = sum(parts[name] for name in OPEN)
    return Account(
        edition=edition,
        eligible=digests.count(),
        parts=parts,
        delivered=by_state.get(S.DELIVERED, 0),
        bounced=by_state.get(S.BOUNCED, 0),
        complained=by_state.get(S.COMPLAINED, 0),
        per_minute=per_minute,
        ends_at=now + timedelta(minutes=left / per_minute) if left and per_minute else None,
    )


def find_troubled(edition: Edition, *, limit: int) -> list[Digest]:
    """The digests of an edition that a person should look at: unknown and refused, newest first."""
    troubled = Digest.objects.filter(edition=edition, state__in=[S.UNKNOWN, S.REFUSED])
    return list(troubled.order_by("state", "-settled_at", "-id")[:limit])


def recent_pace() -> tuple[float, str]:
    """Mails a second of the last edition that went to many, and where that is from; 0 where none did."""
    for edition in Edition.objects.filter(frozen_at__isnull=False).order_by("-frozen_at")[:5]:
        taken = Digest.objects.filter(edition=edition, accepted_at__isnull=False)
        ends = taken.aggregate(first=Min("accepted_at"), last=Max("accepted_at"), count=Count("id"))
        if ends["count"] >= FEWEST_FOR_A_PACE and ends["last"] > ends["first"]:
            # Readers choose their hours: the busiest minute tells the pace, not the whole day.
            minutes = taken.annotate(minute=TruncMinute("accepted_at")).order_by().values("minute")
            most = minutes.annotate(count=Count("id")).order_by("-count").values_list("count", flat=True)[0]
            return most / 60, f"the busiest minute of {edition}"
    return 0.0, ""
