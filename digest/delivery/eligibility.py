"""Which digests may be handed over at a moment, as conditions on the digest's own row.

With a join instead of EXISTS, PostgreSQL would not check the row's state again after waiting for
another worker's claim.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from digest.composing.models import Digest, Edition
from subscriptions.models import Subscriber
from subscriptions.suppression import not_suppressed

S = Digest.State

READER_WANTS = Exists(
    Subscriber.objects.filter(not_suppressed(), id=OuterRef("subscriber_id"), state=Subscriber.State.ACTIVE)
)
EDITION_FLOWS = ~Exists(Edition.objects.filter(id=OuterRef("edition_id"), paused_at__isnull=False))


def ready(now: datetime) -> Q:
    """Composed, or to be tried again by now, and not held back by pause or canary."""
    return (Q(state=S.COMPOSED) | Q(state=S.RETRY, retry_at__lte=now)) & Q(EDITION_FLOWS) & _past_canary(now)


def may_go(now: datetime) -> Q:
    """Ready, and its reader may be written to."""
    return ready(now) & Q(READER_WANTS)


def _past_canary(now: datetime) -> Q:
    """While an edition's canary lasts, one digest in `CANARY_SHARE` may go."""
    if not settings.CANARY_SHARE:
        return Q()
    held = Exists(Edition.objects.filter(id=OuterRef("edition_id"), canary_until__gt=now))
    return ~Q(held) | Q(Exact(Mod("id", settings.CANARY_SHARE), 0))
