"""The numbers for a monitor: right, readable for Prometheus, and not for strangers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from digest.composing.models import Digest, Edition
from digest.delivery.gauges import Gauge
from digest.papers.models import ImportRun, Source
from digest.web.metrics import write_gauges
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def read(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    samples = re.findall(r"^paperboy_(\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in samples}


def make_digest(state: str, *, edition: Edition | None = None, **values: Any) -> Digest:
    moment = now()
    defaults = {"first_day": moment.date(), "last_day": moment.date(), "slot_at": moment, "period": "2026-W32"}
    return Digest.objects.create(subscriber=make_subscriber(next_due_at=moment + timedelta(days=1)), state=state,
                                 edition=edition, **defaults | values)  # fmt: skip


def test_work_that_waits_is_counted_with_its_age(client: Client) -> None:
    make_digest("planned", planned_at=now() - timedelta(minutes=10))
    make_subscriber(next_due_at=now() - timedelta(minutes=3))
    found = read(client)
    assert found['digests_open{state="planned"}'] == 1
    assert 595 < found['digests_open_age_seconds{state="planned"}'] < 660
    assert found["subscribers_due"] == 1
    assert 175 < found["due_age_seconds"] < 240
    assert found["tick_age_seconds"] == -1


def test_rates_latencies_and_shares_come_from_the_outcomes(client: Client) -> None:
    edition = Edition.objects.create(period="2026-W32", frozen_at=now(), paused_at=now())
    for state in ("accepted", "delivered", "complained", "bounced"):
        slot = now() - timedelta(seconds=100)
        make_digest(state, edition=edition, accepted_at=now(), slot_at=slot, composed_at=slot)
    found = read(client)
    assert found["complaint_share"] == found["bounce_share"] == 0.25
    assert found['digests_week{state="delivered"}'] == 1
    assert found["accepted_per_second"] == pytest.approx(4 / 300, rel=0.01)
    assert found['accepted_latency_seconds{since="slot",quantile="0.5"}'] == pytest.approx(100, abs=5)


def test_each_source_shows_its_last_verdict(client: Client) -> None:
    source = Source.objects.create(name='Our "list"', kind="csv")
    ImportRun.objects.create(source=source, verdict="fresh", started_at=now() - timedelta(hours=2))
    ImportRun.objects.create(source=source, verdict="broken")
    text = client.get("/metrics").content.decode()
    assert r'paperboy_source_verdict{source="Our \"list\"",verdict="broken"} 1' in text
    age = re.search(r"^paperboy_source_fresh_age_seconds\{.*\} (\S+)$", text, re.MULTILINE)
    assert age
    assert float(age[1]) == pytest.approx(7200, abs=60)


def test_a_stranger_or_a_proxied_visitor_sees_nothing(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_with_a_token_only_the_token_counts(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-random-token"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    good = client.get("/metrics", headers={"Authorization": "Bearer a-long-random-token"}, REMOTE_ADDR="203.0.113.7")
    assert good.status_code == 200


def test_a_silent_broker_leaves_the_other_numbers(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/at-all.sock?db=0"
    found = read(client)
    assert found["broker_up"] == 0
    assert "queue_tasks" not in found
    assert "subscribers_due" in found


def test_every_name_is_explained_once() -> None:
    text = write_gauges([Gauge("a", "An a.", 1, {"b": "x\ny"}), Gauge("a", "An a.", 2), Gauge("c", "A c.", 0.25)])
    assert text.count("# HELP paperboy_a An a.\n") == 1
    assert 'paperboy_a{b="x\\ny"} 1\n' in text
    assert text.endswith("paperboy_c 0.25\n")
