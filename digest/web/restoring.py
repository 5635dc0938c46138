"""After a copy was read back: nobody may be mailed again for what went out since the copy was made.

The copy cannot know what happened after it. So what it still had to send is held for a person to decide, and
every reader waits for the next hour of theirs.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from digest.composing.models import Digest
from digest.hooks.models import HookCall
from subscriptions.cadence import next_slot
from subscriptions.choices import rhythm_of
from subscriptions.models import Notice, Subscriber

S = Digest.State
BATCH = 1_000


def hold_everything(*, made_at: datetime, now: datetime) -> Counter[str]:
    """Make a restored site quiet until each reader's next hour after `now`; return how many of what were held."""
    why = f"Restored from a copy of {made_at:%Y-%m-%d %H:%M}: it may have gone since."
    held: Counter[str] = Counter()
    doubtful = Digest.objects.filter(state__in=[S.COMPOSED, S.SENDING, S.RETRY])
    held["digests that may have gone"] = doubtful.update(
        state=S.UNKNOWN, error=why, settled_at=now, claim="", lease_until=None, retry_at=None
    )
    planned = Digest.objects.filter(state=S.PLANNED)
    held["digests not composed yet"] = planned.update(state=S.SKIPPED, error=why, settled_at=now)
    waiting = Notice.objects.filter(state__in=[Notice.State.WAITING, Notice.State.SENDING])
    held["single mails"] = waiting.update(state=Notice.State.FAILED, error=why)
    calls = HookCall.objects.filter(state=HookCall.State.WAITING)
    held["calls of other programs"] = calls.update(state=HookCall.State.FAILED, error=why)
    held["readers moved to their next hour"] = _move_on(now)
    return +held


def _move_on(now: datetime) -> int:
    """Whoever was due since the copy may have got that digest: their next one is the one after."""
    moved = 0
    due = Subscriber.objects.filter(state=Subscriber.State.ACTIVE, next_due_at__lte=now).order_by("id")
    while batch := list(due[:BATCH]):
        for person in batch:
            person.next_due_at = next_slot(rhythm_of(person), after=now)
        Subscriber.objects.bulk_update(batch, ["next_due_at"])
        moved += len(batch)
    return moved
