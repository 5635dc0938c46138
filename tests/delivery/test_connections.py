"""A worker's connection to the database: kept from task to task, opened anew where it broke."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined]  # the stubs lack it
from celery.signals import task_postrun, task_prerun
from django.db import connection

from digest.celery import app
from digest.tasks import tick
from subscriptions.models import Subscriber

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server"),
]


@pytest.fixture
def run_task() -> Any:
    """What a worker does around a task that reads; the process of PostgreSQL that answered."""
    # As it does in a worker; without it tests would lose connections that pytest-django holds.
    fixup = DjangoWorkerFixup(app)

    def run() -> int:
        fixup.on_task_prerun(sender=tick)
        task_prerun.send(sender=tick, task_id="t", task=tick)
        assert Subscriber.objects.count() == 0
        backend = int(connection.connection.info.backend_pid)
        fixup.on_task_postrun(sender=tick)
        task_postrun.send(sender=tick, task_id="t", task=tick)
        return backend

    return run


def test_tasks_share_a_connection(run_task: Any) -> None:
    assert run_task() == run_task()


def test_one_that_broke_between_tasks_is_opened_anew(run_task: Any) -> None:
    before = run_task()
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [before])
    assert run_task() != before


def test_one_that_is_too_old_is_opened_anew(run_task: Any) -> None:
    before = run_task()
    connection.close_at = 0.0
    assert run_task() != before
