"""Forgets what is old enough: settled digests, applied events, sent notices, unconfirmed signups, journals of the dead.

In batches by row number, oldest first, and never more than a run's share: no long transaction, no long lock.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from digest.composing.models import Digest
from digest.delivery.models import Event
from subscriptions.models import Notice, Subscriber

BATCH, MOST_BATCHES = 1_000, 50
LONGEST_RUN_SECONDS = 120.0
# Not what is still on its way, however old.
OPEN = frozenset({Digest.State.PLANNED, Digest.State.COMPOSED, Digest.State.SENDING, Digest.State.RETRY})
KEPT_NOTICES = timedelta(days=180)
# A confirmation link lives for seven days.
KEPT_SIGNUPS = timedelta(days=14)
KEPT_JOURNALS = timedelta(days=7)


def prune(*, now: datetime) -> Counter[str]:
    """Delete what is too old, up to a run's share; return how many of what."""
    digests, events = timedelta(days=settings.KEEP_DIGESTS_DAYS), timedelta(days=settings.KEEP_EVENTS_DAYS)
    done: Counter[str] = Counter()
    done["events"] = _prune(Event.objects.all(), lambda row: row.received_at < now - events and row.applied_at)
    settled = Digest.objects.only("id", "planned_at", "state")
    done["digests"] = _prune(settled, lambda row: row.planned_at < now - digests and row.state not in OPEN)
    done["notices"] = _prune(
        Notice.objects.all(), lambda row: row.created_at < now - KEPT_NOTICES and row.state in {"sent", "failed"}
    )
    pending = Subscriber.objects.filter(state=Subscriber.State.PENDING, updated_at__lt=now - KEPT_SIGNUPS)
    done["signups"] = _delete(pending, pending.order_by("id").values_list("id", flat=True)[:BATCH])
    done["journals"] = _prune_journals(now)
    return +done


def _prune(rows: QuerySet[Any], is_old: Callable[[Any], object]) -> int:
    """Rows grow old in the order of their numbers: look at the lowest, and stop where a batch holds no old one."""
    deadline, total, after = time.monotonic() + LONGEST_RUN_SECONDS, 0, 0
    for _ in range(MOST_BATCHES):
        batch = list(rows.filter(id__gt=after).order_by("id")[:BATCH])
        old = [row.pk for row in batch if is_old(row)]
        if not old or time.monotonic() > deadline:
            break
        total += _delete(rows, old)
        after = batch[-1].pk
    return total


def _delete(rows: QuerySet[Any], ids: Any) -> int:
    chosen = list(ids)
    rows.filter(pk__in=chosen).delete()
    return len(chosen)


def _prune_journals(now: datetime) -> int:
    """Notes that nobody settled in a week are about digests whose lease settled them long ago."""
    gone = 0
    for path in (Path(settings.VAR_DIR) / "journal").glob("*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < (now - KEPT_JOURNALS).timestamp():
                path.unlink()
                gone += 1
    return gone
