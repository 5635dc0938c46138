"""The log-in and the reader of a first look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from digest.local.demo import READER, ensure_curator, ensure_reader
from subscriptions.due import claim_due
from subscriptions.models import Subscriber
from tests.factories import make_topic

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 14, 37, tzinfo=UTC)


def test_the_curators_password_stays_the_same(tmp_path: Path) -> None:
    first, second = (ensure_curator(password_file=tmp_path / "password") for _ in range(2))
    assert first == second
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0
    curator = User.objects.get()
    assert curator.is_superuser
    assert curator.check_password(first)


def test_a_password_that_was_changed_is_not_shown_wrongly(tmp_path: Path) -> None:
    ensure_curator(password_file=tmp_path / "password")
    curator = User.objects.get()
    curator.set_password("my own")
    curator.save()
    assert ensure_curator(password_file=tmp_path / "password") == "the password you chose"


def test_the_reader_is_owed_this_weeks_digest_at_once() -> None:
    ensure_reader(now=NOW)
    count, groups = claim_due(now=NOW + timedelta(seconds=1), limit=10)
    assert count == 1
    assert [(group.period, group.missed) for group in groups] == [("2026-W32", False)]


def test_the_reader_comes_once_and_follows_topics() -> None:
    for _ in range(5):
        make_topic()
    ensure_reader(now=NOW)
    ensure_reader(now=NOW + timedelta(days=1))
    reader = Subscriber.objects.get()
    assert (reader.email, reader.consent_source) == (READER, "demo")
    assert reader.interests.count() == 3
