"""Planning digests for who is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from digest import tasks
from digest.composing import schedule
from digest.composing.models import Digest, Edition
from digest.composing.schedule import open_due
from subscriptions.models import Subscriber
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db


def test_a_due_reader_gets_one_planned_digest_and_moves_on() -> None:
    reader = make_subscriber()
    assert open_due(now=NOW) == 1
    digest = Digest.objects.get(subscriber=reader)
    assert (digest.state, digest.period) == (Digest.State.PLANNED, "2026-W32")
    assert (digest.first_day, digest.last_day) == (date(2026, 7, 27), date(2026, 8, 3))
    reader.refresh_from_db()
    assert reader.next_due_at is not None
    assert reader.next_due_at > NOW


def test_a_second_tick_plans_nothing() -> None:
    make_subscriber()
    open_due(now=NOW)
    assert open_due(now=NOW) == 0
    assert Digest.objects.count() == 1


def test_a_clock_that_steps_back_makes_no_second_digest() -> None:
    reader = make_subscriber()
    open_due(now=NOW)
    Subscriber.objects.filter(pk=reader.pk).update(next_due_at=NOW - timedelta(hours=1))
    open_due(now=NOW - timedelta(minutes=30))
    assert Digest.objects.count() == 1


def test_after_a_long_outage_only_the_latest_week_counts() -> None:
    make_subscriber(next_due_at=NOW - timedelta(weeks=3))
    open_due(now=NOW)
    assert list(Digest.objects.values_list("period", "state")) == [("2026-W32", "planned")]


def test_an_hour_missed_for_too_long_is_recorded_as_skipped() -> None:
    make_subscriber()
    open_due(now=NOW + timedelta(days=4))
    digest = Digest.objects.get()
    assert digest.state == Digest.State.SKIPPED
    assert "too long ago" in digest.error


def test_who_came_after_the_slot_starts_with_the_next_one() -> None:
    reader = make_subscriber(created_at=NOW - timedelta(minutes=10), next_due_at=NOW - timedelta(days=20))
    assert open_due(now=NOW) == 1
    assert not Digest.objects.exists()
    reader.refresh_from_db()
    assert reader.next_due_at is not None
    assert reader.next_due_at > NOW


@pytest.mark.parametrize("state", ["pending", "paused", "left"])
def test_only_active_readers_are_due(state: str) -> None:
    make_subscriber(state=state)
    assert open_due(now=NOW) == 0


def test_an_unknown_time_zone_does_not_stop_the_others() -> None:
    make_subscriber(timezone="Mars/Olympus")
    make_subscriber()
    assert open_due(now=NOW) == 2
    assert Digest.objects.count() == 2


def test_every_digest_belongs_to_an_edition_of_its_period() -> None:
    make_subscriber()
    make_subscriber(cadence="daily")
    make_subscriber(cadence="monthly")
    open_due(now=NOW)
    kinds = dict(Edition.objects.values_list("period", "kind"))
    assert kinds == {"2026-W32": "week", "2026-08-03": "day", "2026-08": "month"}
    assert not Digest.objects.filter(edition=None).exists()


@time_machine.travel(NOW, tick=False)
def test_a_flood_of_due_readers_is_planned_a_share_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "BATCH", 2)
    for _ in range(5):
        make_subscriber()
    assert open_due(now=NOW, seconds=0) == 2
    hints: list[str] = []

    def note(task: Any, *_: int) -> bool:
        hints.append(task.name)
        return True

    monkeypatch.setattr(tasks, "_hint", note)
    monkeypatch.setattr(tasks, "_SECONDS_OF_PLANNING", 0)
    tasks.tick()
    assert Digest.objects.count() == 4
    assert hints == ["digest.tasks.compose", "digest.tasks.plan_more"]
    monkeypatch.setattr(tasks, "_SECONDS_OF_PLANNING", 60)
    tasks.tick()
    assert Digest.objects.count() == 5
    assert hints[2:] == ["digest.tasks.compose"]
