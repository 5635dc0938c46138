"""How many mails a mailbox may be made to get by people who only typed its address."""

from __future__ import annotations

from datetime import datetime, timedelta

from subscriptions.models import Notice

# Each pair: at most so many within so long. The mailbox counts, not the spelling or the state.
LIMITS: dict[str, tuple[tuple[int, timedelta], ...]] = {
    Notice.Kind.CONFIRM: ((1, timedelta(minutes=10)), (3, timedelta(days=1))),
    Notice.Kind.MANAGE: ((1, timedelta(minutes=10)), (3, timedelta(days=1))),
    Notice.Kind.ALREADY: ((1, timedelta(days=1)),),
}


def has_room(*, mailbox_key: str, kind: Notice.Kind, now: datetime) -> bool:
    """Whether one more notice of this kind may go to this mailbox."""
    recent = Notice.objects.filter(subscriber__mailbox_key=mailbox_key, kind=kind)
    return all(recent.filter(created_at__gt=now - span).count() < most for most, span in LIMITS.get(kind, ()))
