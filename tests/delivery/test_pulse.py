"""Readiness: bad when work waits and nothing moves, good while it does."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.utils import ConnectionHandler
from django.test import Client
from django.utils.timezone import now

from digest.composing.models import Digest
from digest.composing.schedule import open_due
from digest.delivery.pulse import PATIENCE, beat, database_answers, find_stalls
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LATER = NOW + PATIENCE + timedelta(minutes=1)


def test_all_is_well_when_a_worker_ticked_lately() -> None:
    beat(now=NOW)
    assert find_stalls(now=NOW + timedelta(minutes=1)) == []


def test_a_silent_worker_is_named() -> None:
    beat(now=NOW)
    [problem] = find_stalls(now=LATER)
    assert "No worker has run the tick" in problem


def test_digests_that_wait_while_nothing_moves_are_named() -> None:
    make_paper()
    make_subscriber()
    open_due(now=NOW)
    beat(now=LATER)
    [problem] = find_stalls(now=LATER)
    assert "none has moved" in problem
    Digest.objects.update(composed_at=LATER - timedelta(minutes=1))
    assert find_stalls(now=LATER) == []


def test_readers_who_are_due_and_forgotten_are_named() -> None:
    make_subscriber(next_due_at=NOW)
    beat(now=LATER)
    [problem] = find_stalls(now=LATER)
    assert "due" in problem


def test_the_readiness_page_turns_bad_and_good_again(client: Client, broker: object) -> None:
    assert client.get("/readyz").status_code == 503
    beat(now=now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})
    assert client.get("/healthz").content == b"ok\n"


def test_without_a_broker_the_site_is_not_ready(client: Client, settings: object) -> None:
    settings.REDIS_URL = "unix:///nowhere/at/all.sock?db=0"  # type: ignore[attr-defined]
    beat(now=now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["The broker does not answer."])


def test_a_database_that_takes_the_call_and_says_nothing_does_not_hold_the_watchers(
    client: Client, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = {"HOST": "127.0.0.1", "PORT": silent.getsockname()[1], "NAME": "paperboy"}
        known = {"default": {"ENGINE": "django.db.backends.postgresql", **address}}
        started = time.monotonic()
        assert not database_answers(ConnectionHandler(known)["default"])
    assert time.monotonic() - started < 10
    for place in ("health", "metrics"):
        monkeypatch.setattr(f"digest.web.{place}.database_answers", lambda: False)
    assert client.get("/readyz").json()["problems"] == ["The database does not answer."]
    assert client.get("/metrics").status_code == 503
    assert database_answers()


def test_probes_and_monitors_come_by_a_bare_address_without_encryption(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["papers.example.org"], True
    beat(now=now())
    for page in ("/healthz", "/readyz", "/metrics"):
        assert client.get(page, headers={"Host": "127.0.0.1:8000"}).status_code in {200, 503}
    assert client.get("/", headers={"Host": "papers.example.org"}).status_code == 301
    settings.SECURE_SSL_REDIRECT = False
    assert client.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 400
