"""Whether the flow moves: a heartbeat that a worker writes, and what is wrong when it does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Q

from digest.composing.models import Digest
from digest.composing.unapproved import may_compose
from digest.delivery.eligibility import ready
from digest.delivery.models import Heartbeat
from subscriptions.models import Subscriber

S = Digest.State
# A worker writes every minute. Anything that waits longer than this without any progress is stuck.
PATIENCE = timedelta(minutes=5)
SECONDS_TO_ANSWER = 2
# The broker keeps a list of tasks for each priority that is used (`CELERY_TASK_ROUTES`).
QUEUES = ("celery", "celery\x06\x169")


def beat(*, now: datetime) -> None:
    """Note that beat asked, the broker carried and a worker ran."""
    Heartbeat.objects.update_or_create(name="tick", defaults={"beat_at": now})


def find_stalls(*, now: datetime) -> list[str]:
    """What does not move, in words for the operator; empty when all is well."""
    problems = []
    last = Heartbeat.objects.filter(name="tick").values_list("beat_at", flat=True).first()
    if last is None or last < now - PATIENCE:
        problems.append("No worker has run the tick for five minutes: is beat running, is a worker, is the broker?")
    if _is_stuck(now):
        problems.append("Digests wait, and none has moved for five minutes: look at the workers' logs.")
    if Subscriber.objects.filter(state=Subscriber.State.ACTIVE, next_due_at__lt=now - PATIENCE).exists():
        problems.append("Readers are due and no digest was planned for them for five minutes.")
    return problems


def count_queued(client: redis.Redis) -> int:
    """How many tasks wait in the broker. Raises `RedisError` where it does not answer."""
    return sum(int(str(client.llen(queue))) for queue in QUEUES)


def database_answers(asked: Any = connection) -> bool:
    """Whether the database lets somebody in within two seconds. One that hangs would never fail a query by itself."""
    if asked.vendor != "postgresql":
        return True
    params = asked.get_connection_params() | {"connect_timeout": SECONDS_TO_ANSWER}
    try:
        asked.Database.connect(**params).close()
    except asked.Database.Error:
        return False
    return True


def broker_answers() -> bool:
    """Whether the broker answers within a second."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _is_stuck(now: datetime) -> bool:
    since = now - PATIENCE
    waiting = Digest.objects.filter(may_compose(now=now) | ready(now), planned_at__lt=since)
    moved = Digest.objects.filter(Q(composed_at__gte=since) | Q(settled_at__gte=since) | Q(retry_at__gte=now))
    # The latest rows are the likeliest to have moved: found at once, however long the history.
    return waiting.exists() and moved.order_by("-id").values_list("id").first() is None
