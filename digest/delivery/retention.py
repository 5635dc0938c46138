"""Forgets what is old enough: settled digests, what was opened from them, applied events, sent notices, signups ...

In batches by row number, oldest first, and never more than a run's share: no long transaction, no long lock.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from digest.composing.models import Digest, Edition
from digest.delivery.models import Event
from digest.papers.models import ImportRun, Paper
from subscriptions.models import Notice, Opening, Subscriber

IsOld = Callable[[Any], object]
BATCH, MOST_BATCHES = 1_000, 50
# All kinds together, well within a task's time; what is left is the next run's.
LONGEST_RUN_SECONDS = 150.0
# Not what is still on its way, however old.
OPEN = frozenset({Digest.State.PLANNED, Digest.State.COMPOSED, Digest.State.SENDING, Digest.State.RETRY})
KEPT_NOTICES = timedelta(days=180)
# A confirmation link lives for seven days.
KEPT_SIGNUPS = timedelta(days=14)
KEPT_JOURNALS = timedelta(days=7)


def prune(*, now: datetime) -> Counter[str]:
    """Delete what is too old, up to a run's share; return how many of what."""
    until = time.monotonic() + LONGEST_RUN_SECONDS
    done: Counter[str] = Counter()
    for name, rows, is_old in _list_kinds(now):
        done[name] += _prune(rows, is_old, until)
    pending = Subscriber.objects.filter(state=Subscriber.State.PENDING, updated_at__lt=now - KEPT_SIGNUPS)
    done["signups"] = _delete(pending, pending.order_by("id").values_list("id", flat=True)[:BATCH])
    done["journals"] = _prune_journals(now)
    return +done


def _list_kinds(now: datetime) -> Iterator[tuple[str, QuerySet[Any], IsOld]]:
    """What grows old in the order of its row numbers, and which row of it may go."""
    digests, events, changes = (
        now - timedelta(days=days)
        for days in (settings.KEEP_DIGESTS_DAYS, settings.KEEP_EVENTS_DAYS, settings.KEEP_HISTORY_DAYS)
    )
    yield "events", Event.objects.all(), lambda row: row.received_at < events and row.applied_at
    settled = Digest.objects.only("id", "planned_at", "state")
    yield "digests", settled, lambda row: row.planned_at < digests and row.state not in OPEN
    yield "openings", Opening.objects.only("id", "created_at"), lambda row: row.created_at < digests
    notices = now - KEPT_NOTICES
    yield "notices", Notice.objects.all(), lambda row: row.created_at < notices and row.state in {"sent", "failed"}
    for told in (Paper, Edition):
        yield "changes", told.history.only("history_id", "history_date"), lambda row: row.history_date < changes
    yield "visits", ImportRun.objects.only("id", "started_at"), _make_visit_test(changes)


def _make_visit_test(limit: datetime) -> IsOld:
    """Visits may go but for each source's last and its last that brought something: both tell how it does."""
    last = ImportRun.objects.order_by().values("source").annotate(last=Max("id")).values_list("last", flat=True)
    brought = last.filter(verdict__in=[ImportRun.Verdict.FRESH, ImportRun.Verdict.PARTIAL])
    kept = {*last, *brought}
    return lambda row: row.started_at < limit and row.pk not in kept


def _prune(rows: QuerySet[Any], is_old: IsOld, until: float) -> int:
    """Rows grow old in the order of their numbers: look at the lowest, and stop where a batch holds no old one."""
    total, after = 0, 0
    for _ in range(MOST_BATCHES):
        batch = list(rows.filter(pk__gt=after).order_by("pk")[:BATCH])
        old = [row.pk for row in batch if is_old(row)]
        if not old or time.monotonic() > until:
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
