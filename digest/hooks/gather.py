"""Finds what hooks are to hear in the tables of the other stages, so that no stage needs to know of hooks.

Reads on from a row's number, a little of what was read already again: a row whose transaction took long may
appear behind later ones. A call is unique, so reading a row twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef

from digest.composing.models import Digest, Edition
from digest.delivery.brakes import TAKEN
from digest.delivery.models import Event
from digest.hooks.models import Hook, HookCall
from subscriptions.marks import ConsentEvent

Kind = Hook.Kind
OVERLAP = 500
BATCH = 1_000
# An edition that began longer ago is not news.
WATCHED = timedelta(days=30)
OPEN = (Digest.State.PLANNED, Digest.State.COMPOSED, Digest.State.SENDING, Digest.State.RETRY)
OF_HISTORY: dict[str, Hook.Kind] = {
    ConsentEvent.Kind.CONFIRMED: Kind.SUBSCRIBED,
    ConsentEvent.Kind.LEFT: Kind.UNSUBSCRIBED,
}
BOUNCES = (Event.Kind.HARD_BOUNCE, Event.Kind.SOFT_BOUNCE)


def add_hook(*, url: str, kinds: Iterable[str], now: datetime) -> Hook:
    """A hook that hears what happens from now on. Raises ValueError for an unknown kind."""
    wanted = sorted(set(kinds))
    if unknown := [kind for kind in wanted if kind not in Kind.values]:
        raise ValueError(f"There is no event {unknown[0]}; there are: {', '.join(Kind.values)}.")
    history = ConsentEvent.objects.aggregate(last=Max("id"))["last"] or 0
    events = Event.objects.aggregate(last=Max("id"))["last"] or 0
    return Hook.objects.create(url=url, kinds=wanted, history_read=history, events_read=events, created_at=now)


def gather(*, now: datetime) -> int:
    """Write down the calls that active hooks are owed; return how many were new."""
    before = HookCall.objects.count()
    for hook in Hook.objects.filter(is_active=True):
        _gather_history(hook)
        _gather_bounces(hook)
        _gather_editions(hook, now)
    return HookCall.objects.count() - before


def _gather_history(hook: Hook) -> None:
    rows = ConsentEvent.objects.filter(id__gt=hook.history_read - OVERLAP).order_by("id")
    found = list(rows.values_list("id", "kind", "subscriber_id", "at")[: OVERLAP + BATCH])
    calls = [
        _owe(hook, OF_HISTORY[kind], f"history-{number}", {"subscriber": person}, at)
        for number, kind, person, at in found
        if kind in OF_HISTORY
    ]
    _store(hook, calls)
    if found:
        Hook.objects.filter(pk=hook.pk).update(history_read=max(hook.history_read, found[-1][0]))


def _gather_bounces(hook: Hook) -> None:
    rows = Event.objects.filter(id__gt=hook.events_read - OVERLAP, applied_at__isnull=False).order_by("id")
    found = list(rows.values_list("id", "kind", "digest_id", "digest__subscriber_id", "received_at")[: OVERLAP + BATCH])
    calls = [
        _owe(hook, Kind.BOUNCED, f"event-{number}", {"digest": digest, "subscriber": person, "kind": kind}, at)
        for number, kind, digest, person, at in found
        if kind in BOUNCES and digest
    ]
    _store(hook, calls)
    # Not past the first event that is not applied yet: only then is it known which digest it is about.
    waiting = Event.objects.filter(id__gt=hook.events_read, applied_at=None).order_by("id").values_list("id", flat=True)
    first = waiting.first()
    last = found[-1][0] if found else hook.events_read
    Hook.objects.filter(pk=hook.pk).update(events_read=max(hook.events_read, min(last, first - 1) if first else last))


def _gather_editions(hook: Hook, now: datetime) -> None:
    digests = Digest.objects.filter(edition=OuterRef("pk"))
    begun = Edition.objects.filter(frozen_at__gte=max(hook.created_at, now - WATCHED))
    gone = begun.filter(Exists(digests.filter(state__in=TAKEN)), ~Exists(digests.filter(state__in=OPEN)))
    calls = [
        _owe(hook, Kind.SENT, f"edition-{edition.pk}", {"period": edition.period, "title": str(edition)}, now)
        for edition in gone
    ]
    _store(hook, calls)


def _owe(hook: Hook, kind: Hook.Kind, reference: str, data: dict[str, Any], at: datetime) -> HookCall:
    return HookCall(hook=hook, kind=kind, reference=reference, data=data, happened_at=at, due_at=at)


def _store(hook: Hook, calls: list[HookCall]) -> None:
    wanted = [call for call in calls if call.kind in hook.kinds and call.happened_at >= hook.created_at]
    HookCall.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=BATCH)
