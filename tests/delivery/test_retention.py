"""Old rows go in batches; nothing that is young, open or still needed goes with them."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import now

from digest import tasks
from digest.composing.models import Digest, Edition
from digest.delivery import retention
from digest.delivery.models import Event
from digest.delivery.retention import prune
from digest.hooks.models import Hook, HookCall
from digest.papers.models import ImportRun, Source
from subscriptions.models import Notice, Subscriber
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=500)


def add_digest(*, planned_at: datetime = LONG_AGO, state: str = "accepted") -> Digest:
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": planned_at}
    return Digest.objects.create(
        subscriber=make_subscriber(), period="2025-W10", planned_at=planned_at, state=state, **values
    )


def test_old_digests_go_and_young_and_open_ones_stay() -> None:
    kept = [add_digest(state="retry"), add_digest(state="planned"), add_digest(planned_at=NOW - timedelta(days=399))]
    gone = [add_digest(), add_digest(state="unknown"), add_digest(state="skipped")]
    assert prune(now=NOW)["digests"] == len(gone)
    assert set(Digest.objects.all()) == set(kept)
    assert prune(now=NOW) == {}


def test_what_was_opened_goes_with_old_digests() -> None:
    reader, paper = make_subscriber(), make_paper()
    for period, moment in (("2025-W10", LONG_AGO), ("2026-W31", NOW - timedelta(days=399))):
        reader.openings.create(paper=paper, period=period, created_at=moment)
    assert prune(now=NOW) == {"openings": 1}
    assert reader.openings.get().period == "2026-W31"


def test_batches_go_on_to_the_end_and_stop_at_a_runs_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for _ in range(5):
        add_digest()
    assert [prune(now=NOW)["digests"] for _ in range(3)] == [4, 1, 0]


def test_applied_events_go_and_waiting_ones_stay() -> None:
    for key, applied in (("1", NOW), ("2", None)):
        Event.objects.create(provider="postmark", key=key, kind="delivered", received_at=LONG_AGO, applied_at=applied)
    assert prune(now=NOW)["events"] == 1
    assert Event.objects.get().key == "2"


def test_signups_that_nobody_confirmed_go_with_their_address() -> None:
    for name, state, age in (("a", "pending", 20), ("b", "pending", 3), ("c", "active", 20)):
        person = make_subscriber(f"{name}@example.org", state=state)
        Subscriber.objects.filter(pk=person.pk).update(updated_at=NOW - timedelta(days=age))
    assert prune(now=NOW)["signups"] == 1
    assert set(Subscriber.objects.values_list("email", flat=True)) == {"b@example.org", "c@example.org"}


def test_sent_notices_go_after_half_a_year() -> None:
    person = make_subscriber()
    for state in ("sent", "waiting"):
        Notice.objects.create(subscriber=person, kind="welcome", state=state, created_at=LONG_AGO)
    prune(now=NOW)
    assert Notice.objects.get().state == "waiting"


def test_who_changed_what_goes_after_its_time() -> None:
    with time_machine.travel(NOW - timedelta(days=801)):
        things = make_paper(), Edition.objects.create(period="2025-W10")
    with time_machine.travel(NOW - timedelta(days=799)):
        for thing in things:
            thing.save()
    assert prune(now=NOW)["changes"] == 2
    assert [thing.history.count() for thing in things] == [1, 1]


def test_old_visits_go_but_a_sources_last_ones() -> None:
    source = Source.objects.create(name="Daily list", kind="csv")
    days_and_verdicts = [(900, "fresh"), (890, "fresh"), (880, "quiet"), (870, "quiet")]
    runs = [
        ImportRun.objects.create(source=source, verdict=verdict, started_at=NOW - timedelta(days=days))
        for days, verdict in days_and_verdicts
    ]
    assert prune(now=NOW)["visits"] == 2
    assert set(ImportRun.objects.all()) == {runs[1], runs[3]}


def test_forgotten_journals_go(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "journal").mkdir()
    for name, age in (("old", 8), ("young", 1)):
        path = tmp_path / "journal" / name
        path.touch()
        moment = (NOW - timedelta(days=age)).timestamp()
        os.utime(path, (moment, moment))
    assert prune(now=NOW)["journals"] == 1
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["young"]


def test_the_hourly_task_forgets_sessions_and_failed_log_ins_too(client: Client) -> None:
    over = now() - timedelta(days=1)
    Session.objects.create(session_key="old", session_data="", expire_date=over)
    Session.objects.create(session_key="young", session_data="", expire_date=now() + timedelta(days=1))
    client.post("/admin/login/", {"username": "curator", "password": "wrong"})
    AccessAttempt.objects.update(attempt_time=over)
    hook = Hook.objects.create(url="https://other.example.org/", kinds=[])
    long_ago = now() - timedelta(days=50)
    HookCall.objects.create(hook=hook, kind="edition.sent", state="done", happened_at=long_ago, created_at=long_ago)
    tasks.prune()
    assert [session.session_key for session in Session.objects.all()] == ["young"]
    assert not AccessAttempt.objects.exists()
    assert not HookCall.objects.exists()
