"""Looks ahead at everybody: asked for on the desk, counted by a worker, kept in a row that tells how far it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from digest.composing.effect import Effect, forecast
from digest.composing.forms import version_of
from digest.composing.models import Edition, LookAhead

# A worker that says nothing for so long is gone, and another one may begin anew.
LEASE = timedelta(minutes=2)
# Less than a task may take. Where it is not enough, what was seen by then speaks for all and says so.
LONGEST_SECONDS = 200.0
# Readers come and go: older numbers are counted again.
KEPT = timedelta(hours=1)


def ask(edition: Edition, *, now: datetime) -> None:
    """Have everybody looked at. Nothing changes where somebody asked the same already and it is being counted."""
    version = version_of(edition)
    fresh = {"version": version, "looked_at": 0, "readers": 0, "effect": None, "asked_at": now}
    fresh |= {"lease_until": None, "finished_at": None}
    row, is_new = LookAhead.objects.get_or_create(edition=edition, defaults=fresh)
    if not is_new:
        over = Q(finished_at__isnull=False) | ~Q(version=version)
        LookAhead.objects.filter(over, pk=row.pk).update(**fresh)


def find_look(edition: Edition, *, now: datetime) -> LookAhead | None:
    """The look at an edition as it is now, being counted or still fresh; else None."""
    row = LookAhead.objects.filter(edition=edition, version=version_of(edition)).first()
    is_old = row is not None and row.finished_at is not None and row.finished_at < now - KEPT
    return None if is_old else row


def find_waiting(*, now: datetime) -> list[int]:
    """The editions whose look no worker is at."""
    waiting = LookAhead.objects.filter(_free(now), asked_at__gte=now - KEPT)
    return list(waiting.order_by("asked_at").values_list("edition_id", flat=True))


def look(edition_id: int, *, now: datetime) -> Effect | None:
    """Count, and write down now and then how far it is; None where somebody else does, or nobody asked."""
    edition = Edition.objects.filter(pk=edition_id).first()
    version = version_of(edition)
    mine = LookAhead.objects.filter(edition=edition_id, version=version, finished_at=None)
    waiting = LookAhead.objects.filter(_free(now), edition=edition_id)
    if edition is None or not waiting.update(version=version, lease_until=now + LEASE):
        return None
    started = monotonic()

    def tell(looked_at: int, readers: int) -> None:
        past = timedelta(seconds=monotonic() - started)
        mine.update(looked_at=looked_at, readers=readers, lease_until=now + past + LEASE)

    effect = forecast(edition, now=now, seconds=LONGEST_SECONDS, tell=tell)
    # What was asked anew in the meantime, about a later version, is not answered by this.
    mine.update(
        effect=pack(effect),
        looked_at=effect.looked_at,
        readers=effect.readers,
        finished_at=now + timedelta(seconds=effect.seconds),
    )
    return effect


def _free(now: datetime) -> Q:
    return Q(finished_at=None) & (Q(lease_until=None) | Q(lease_until__lt=now))


def pack(effect: Effect) -> dict[str, Any]:
    """An effect as JSON holds it: counters as pairs, moments as text."""
    plain: dict[str, Any] = {one.name: getattr(effect, one.name) for one in fields(effect)}
    for name, value in plain.items():
        if isinstance(value, Counter):
            plain[name] = [[_to_text(key), count] for key, count in value.items()]
    plain["computed_at"] = _to_text(effect.computed_at)
    return plain


def unpack(packed: dict[str, Any]) -> Effect:
    """The effect that was packed."""
    named: dict[str, Any] = {
        name: Counter(dict(value)) if isinstance(value, list) else value for name, value in packed.items()
    }
    named["by_hour"] = Counter({parse_datetime(key): count for key, count in packed["by_hour"]})
    named["computed_at"] = parse_datetime(packed["computed_at"])
    return Effect(**named)


def _to_text(key: Any) -> Any:
    return key.isoformat() if isinstance(key, datetime) else key
