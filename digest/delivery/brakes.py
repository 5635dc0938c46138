"""What stops an edition by itself: a small slice goes first, and too many complaints or failures pause it."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count

from digest.composing.models import Digest, Edition
from digest.delivery import ledger

logger = logging.getLogger(__name__)

S = Digest.State
TAKEN = (S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.COMPLAINED)
FAILED = (S.BOUNCED, S.REFUSED)
# A share of very few says nothing.
FEWEST_COMPLAINTS = 3
FEWEST_FAILURES = 20
# Complaints and bounces about an edition come within days; older editions are not looked at again.
WATCHED = timedelta(days=7)


def start_canaries(*, now: datetime) -> None:
    """Give each large edition that begins a while in which only one in `CANARY_SHARE` digests may go."""
    if not settings.CANARY_SHARE:
        return
    fresh = Edition.objects.filter(
        canary_until=None, created_at__gte=now - WATCHED, digests__state__in=(S.PLANNED, S.COMPOSED)
    )
    large = fresh.annotate(waiting=Count("digests")).filter(waiting__gte=settings.CANARY_FROM)
    ids = list(large.values_list("id", flat=True))
    Edition.objects.filter(id__in=ids).update(canary_until=now + timedelta(minutes=settings.CANARY_MINUTES))


def apply_brakes(*, now: datetime) -> None:
    """Pause the editions whose readers complain or cannot be reached more than the settings allow."""
    for edition_id, counts in count_recent(now=now).items():
        reason = judge(counts)
        if reason and ledger.pause(edition_id, reason=reason, now=now):
            logger.error("Edition %s was paused: %s", edition_id, reason)


def judge(counts: Counter[str]) -> str:
    """Why an edition with these counts by state must stop; empty if it need not."""
    taken = sum(counts[state] for state in TAKEN)
    complained, failed = counts[S.COMPLAINED], sum(counts[state] for state in FAILED)
    offered = taken + counts[S.REFUSED]
    if complained >= FEWEST_COMPLAINTS and complained >= settings.COMPLAINT_STOP * taken:
        return f"{complained} of {taken} readers reported it as spam."
    if failed >= FEWEST_FAILURES and failed >= settings.BOUNCE_STOP * offered:
        return f"{failed} of {offered} digests bounced or were refused."
    return ""


def count_recent(*, now: datetime) -> dict[int, Counter[str]]:
    """Digests by state for each running edition of the last days."""
    recent = Edition.objects.filter(frozen_at__gte=now - WATCHED, paused_at=None)
    rows = Digest.objects.filter(edition__in=recent).values_list("edition_id", "state").annotate(count=Count("id"))
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for edition_id, state, count in rows.order_by():
        if edition_id is not None:
            counts[edition_id][state] = count
    return counts
