"""Editions: what the curators publish."""

from __future__ import annotations

from datetime import datetime

from digest.composing.models import Edition


def freeze(*, edition_ids: set[int], now: datetime) -> None:
    """Mark editions as frozen: nothing about them changes after their first digest."""
    Edition.objects.filter(pk__in=edition_ids, frozen_at=None).update(frozen_at=now)
