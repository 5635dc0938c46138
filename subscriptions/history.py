"""The history of a subscription's consent: written as it happens, shown to the reader, kept as a proof."""

from __future__ import annotations

from datetime import datetime

from subscriptions.marks import ConsentEvent


def record(*, subscriber_id: int, kind: ConsentEvent.Kind, now: datetime, detail: str = "") -> None:
    """Write a moment down. Call inside the transaction of the change it tells of."""
    ConsentEvent.objects.create(subscriber_id=subscriber_id, kind=kind, at=now, detail=detail[:200])
