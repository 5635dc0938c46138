"""Rates, brakes and the canary: what keeps a bad edition from reaching everybody."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import redis

from digest.composing.models import Digest, Edition
from digest.composing.schedule import open_due
from digest.delivery.brakes import apply_brakes, judge, start_canaries
from digest.delivery.ledger import claim
from digest.delivery.throttle import Throttle
from tests.factories import NOW, make_subscriber


def test_three_complaints_in_a_thousand_stop_an_edition() -> None:
    assert "3 of 1000" in judge(Counter(accepted=900, delivered=97, complained=3))
    assert judge(Counter(delivered=1_097, complained=3)) == ""


def test_two_complaints_of_few_readers_say_nothing_yet() -> None:
    assert judge(Counter(delivered=10, complained=2)) == ""


def test_a_tenth_of_refusals_and_bounces_stops_an_edition() -> None:
    assert "20 of 200" in judge(Counter(accepted=180, refused=12, bounced=8))
    assert judge(Counter(accepted=181, refused=11, bounced=8)) == ""


def open_digests(count: int) -> Edition:
    for _ in range(count):
        make_subscriber()
    open_due(now=NOW)
    Digest.objects.update(state=Digest.State.COMPOSED)
    Edition.objects.update(frozen_at=NOW)
    return Edition.objects.get()


@pytest.mark.django_db
def test_complaints_pause_the_edition_with_the_reason() -> None:
    edition = open_digests(4)
    Digest.objects.update(state=Digest.State.COMPLAINED)
    apply_brakes(now=NOW)
    edition.refresh_from_db()
    assert edition.paused_at == NOW
    assert "reported it as spam" in edition.pause_reason


@pytest.mark.django_db
def test_a_large_edition_goes_to_a_slice_first_and_to_all_later(settings: Any) -> None:
    settings.CANARY_FROM, settings.CANARY_SHARE, settings.CANARY_MINUTES = 6, 3, 10
    Edition.objects.create(kind="week", period="2026-W32", created_at=NOW)
    open_digests(6)
    start_canaries(now=NOW)
    first = claim(first_id=1, last_id=2**31, token="a", now=NOW, limit=10)
    assert len(first) == 2
    assert claim(first_id=1, last_id=2**31, token="b", now=NOW, limit=10) == []
    later = NOW + timedelta(minutes=11)
    assert len(claim(first_id=1, last_id=2**31, token="c", now=later, limit=10)) == 4


def test_all_workers_share_one_rate(settings: Any, broker: redis.Redis) -> None:
    settings.SEND_RATE = 5.0
    workers = [Throttle(), Throttle()]
    waits = [workers[turn % 2].wait_for("example.org") for turn in range(12)]
    assert waits.count(0.0) in (6, 7)
    assert 0 < waits[-1] <= 0.25


def test_a_domains_own_rate_leaves_the_others_alone(settings: Any, broker: redis.Redis) -> None:
    settings.DOMAIN_RATES = {"slow.example": 1.0}
    throttle = Throttle()
    assert [throttle.wait_for("slow.example") for _ in range(3)][-1] > 0
    assert throttle.wait_for("quick.example") == 0.0


def test_without_a_broker_each_process_keeps_the_rate_alone(settings: Any) -> None:
    settings.SEND_RATE, settings.REDIS_URL = 5.0, "unix:///nowhere/at/all.sock?db=0"
    throttle = Throttle()
    waits = [throttle.wait_for("example.org") for _ in range(12)]
    assert waits.count(0.0) in (6, 7)
