"""Database, broker and flow: whether they answer, are set up for this, and move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from digest.composing.models import Digest
from digest.delivery.pulse import count_queued, find_stalls
from digest.papers.models import Source
from digest.web.diagnosis.findings import Finding, fail, ok, warn

LONG_QUEUE = 1_000
# Nothing came, or not what should have.
TROUBLED = {"broken", "stale"}


def check_database() -> Iterator[Finding]:
    """It answers, has every table, and is one for several machines."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        yield fail("database", f"It does not answer: {reason}", "Is it running, and is DATABASE_URL right?")
        return
    if waiting:
        words = f"{len(waiting)} migrations have not been run, the first is {waiting[0][0]}."
        yield fail("database", words, "Run: manage.py migrate")
    elif connection.vendor == "sqlite" and not settings.DEBUG:
        yield warn(
            "database", "It is SQLite.", "Fine for one machine and some thousand readers; else set DATABASE_URL."
        )
    else:
        yield ok("database", f"{connection.display_name} answers and has every table.")


def check_broker() -> Iterator[Finding]:
    """It answers, never evicts a task, and keeps them over a restart."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            info: Any = client.info()
            queued = count_queued(client)
    except redis.RedisError as error:
        advice = "Is it running, and is REDIS_URL right?"
        yield fail("broker", f"It does not answer: {type(error).__name__}.", advice)
        return
    # Some hosted servers tell none of this.
    policy, keeps = info.get("maxmemory_policy", "noeviction"), info.get("aof_enabled", 1)
    if policy != "noeviction":
        advice = "Set maxmemory-policy to noeviction: any other throws away queued tasks when memory is short."
        yield fail("broker", f"Its maxmemory-policy is {policy}.", advice)
    if not keeps:
        advice = "Set appendonly yes. Nothing is lost without it, but work stands still for a minute after a restart."
        yield warn("broker", "It forgets its queue when it restarts.", advice)
    if queued > LONG_QUEUE:
        yield warn("broker", f"{queued} tasks wait in its queue.", "Start more workers, or look at their logs.")
    if policy == "noeviction" and keeps and queued <= LONG_QUEUE:
        yield ok("broker", f"It answers; {queued} tasks wait.")


def check_flow(*, now: datetime) -> Iterator[Finding]:
    """Beat, workers and progress, from what they leave in the database."""
    try:
        problems = find_stalls(now=now)
        unknown = Digest.objects.filter(state=Digest.State.UNKNOWN).count()
    except DatabaseError:
        return
    for problem in problems:
        yield fail("flow", problem, "Start `celery -A digest beat` and `celery -A digest worker`; read their logs.")
    if not problems:
        yield ok("flow", "Beat, broker and a worker did their rounds within five minutes.")
    if unknown:
        advice = "Settle them on their edition's page in /admin/: “send again” or “mark as sent”."
        yield warn("flow", f"Of {unknown} digests nobody knows whether they went.", advice)


def check_sources() -> Iterator[Finding]:
    """The last visit to each source."""
    try:
        sources = list(Source.objects.filter(is_active=True).order_by("name"))
        last = {source.name: source.runs.order_by("-started_at").first() for source in sources}
    except DatabaseError:
        return
    broken = [name for name, run in last.items() if run and run.verdict in TROUBLED]
    for name in broken:
        yield warn("sources", f"The last visit to “{name}” went wrong.", "Read its import run in /admin/.")
    if not broken:
        yield ok("sources", f"None of {len(sources)} went wrong at its last visit.")
