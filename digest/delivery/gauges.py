"""What a monitor wants to know, as numbers: work that waits, what became of the rest, how fast, from which sources.

Reads only; every query stays on an index or looks at a bounded number of rows, however long the history is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db.models import Count, Max, Min, Q

from digest.composing.models import Digest, Edition
from digest.delivery.brakes import TAKEN, WATCHED
from digest.delivery.models import Event, Heartbeat
from digest.delivery.pulse import count_queued
from digest.papers.models import ImportRun, Source
from subscriptions.models import Notice, Subscriber

S = Digest.State
OPEN = (S.PLANNED, S.COMPOSED, S.SENDING, S.RETRY)
RECENT = timedelta(minutes=5)
# Rates and waits are read off the latest rows: enough for a good figure, few enough for any table.
LATEST_ROWS = 10_000
QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number with what it is about. Seconds, shares between 0 and 1, or counts."""

    name: str
    words: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def read_gauges(*, now: datetime) -> Iterator[Gauge]:
    """Everything, for one moment. Raises the database's errors; a silent broker only leaves its own number out."""
    yield from _subscribers(now)
    yield from _open_work(now)
    yield from _outcomes(now)
    yield from _pace(now)
    yield from _sources(now)
    yield from _queue()


def _subscribers(now: datetime) -> Iterator[Gauge]:
    counts = dict(Subscriber.objects.values_list("state").annotate(count=Count("id")).order_by())
    for state in Subscriber.State:
        yield Gauge("subscribers", "Readers by state.", counts.get(state, 0), {"state": state.value})
    due = Subscriber.objects.filter(state=Subscriber.State.ACTIVE, next_due_at__lte=now)
    found = due.aggregate(count=Count("id"), oldest=Min("next_due_at"))
    yield Gauge("subscribers_due", "Readers whose hour has come and who have no digest yet.", found["count"])
    yield Gauge("due_age_seconds", "How long the first of them has waited.", _age(found["oldest"], now))


def _open_work(now: datetime) -> Iterator[Gauge]:
    rows = Digest.objects.filter(state__in=OPEN).values_list("state")
    found = {state: (count, oldest) for state, count, oldest in rows.annotate(n=Count("id"), t=Min("planned_at"))}
    for state in OPEN:
        count, oldest = found.get(state, (0, None))
        yield Gauge("digests_open", "Digests on their way, by state.", count, {"state": state.value})
        yield Gauge("digests_open_age_seconds", "Age of the oldest of them.", _age(oldest, now), {"state": state.value})
    notices = Notice.objects.filter(state__in=[Notice.State.WAITING, Notice.State.SENDING])
    owed = notices.filter(due_at__lte=now).aggregate(count=Count("id"), oldest=Min("due_at"))
    yield Gauge("notices_due", "Confirmations and other single mails that wait.", owed["count"])
    yield Gauge("notices_due_age_seconds", "Age of the oldest of them.", _age(owed["oldest"], now))
    events = Event.objects.filter(applied_at=None).aggregate(count=Count("id"), oldest=Min("received_at"))
    yield Gauge("events_waiting", "Events of providers not acted on yet.", events["count"])
    yield Gauge("events_waiting_age_seconds", "Age of the oldest of them.", _age(events["oldest"], now))
    beat = Heartbeat.objects.filter(name="tick").values_list("beat_at", flat=True).first()
    yield Gauge("tick_age_seconds", "Time since a worker ran the tick; -1: never.", _age(beat, now) if beat else -1)


def _outcomes(now: datetime) -> Iterator[Gauge]:
    editions = Edition.objects.filter(frozen_at__gte=now - WATCHED)
    rows = Digest.objects.filter(edition__in=editions).values_list("state").annotate(count=Count("id"))
    total = Counter(dict(rows.order_by()))
    for state in S:
        yield Gauge("digests_week", "Digests of the last week's editions, by state.", total[state], {"state": state})
    taken = sum(total[state] for state in TAKEN)
    for name, state in (("complaint", S.COMPLAINED), ("bounce", S.BOUNCED)):
        share = total[state] / taken if taken else 0
        yield Gauge(f"{name}_share", f"Share of the accepted ones that are {state.label.lower()}.", share)


def _pace(now: datetime) -> Iterator[Gauge]:
    latest = Digest.objects.order_by("-id").values_list("slot_at", "composed_at", "accepted_at")[:LATEST_ROWS]
    taken = [(slot, composed, at) for slot, composed, at in latest if at is not None]
    recent = sum(now - RECENT < at <= now for _, _, at in taken)
    yield Gauge("accepted_per_second", "Of the latest rows: accepted in five minutes.", recent / RECENT.total_seconds())
    waits = {
        "slot": sorted((at - slot).total_seconds() for slot, _, at in taken),
        "composed": sorted((at - composed).total_seconds() for _, composed, at in taken if composed),
    }
    for since, seconds in waits.items():
        for quantile in QUANTILES:
            value = seconds[min(int(quantile * len(seconds)), len(seconds) - 1)] if seconds else 0
            labels = {"since": since, "quantile": str(quantile)}
            yield Gauge("accepted_latency_seconds", "From the reader's hour, or from composing, on.", value, labels)


def _sources(now: datetime) -> Iterator[Gauge]:
    last = ImportRun.objects.values("source").annotate(last=Max("id")).values("last")
    runs = dict(ImportRun.objects.filter(id__in=last).values_list("source_id", "verdict"))
    fresh = Q(runs__verdict__in=[ImportRun.Verdict.FRESH, ImportRun.Verdict.PARTIAL])
    sources = Source.objects.filter(is_active=True).annotate(fresh_at=Max("runs__started_at", filter=fresh))
    for source in sources.order_by("id"):
        verdict = runs.get(source.pk, "never")
        labels = {"source": source.name}
        yield Gauge("source_verdict", "1 beside the verdict of its last run.", 1, {**labels, "verdict": verdict})
        age = _age(source.fresh_at, now) if source.fresh_at else -1
        yield Gauge("source_fresh_age_seconds", "Time since it brought something new; -1: never.", age, labels)


def _queue() -> Iterator[Gauge]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            yield Gauge("queue_tasks", "Tasks in the broker's queue.", count_queued(client))
            yield Gauge("broker_up", "Whether the broker answers.", 1)
    except redis.RedisError:
        yield Gauge("broker_up", "Whether the broker answers.", 0)


def _age(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0) if moment else 0
