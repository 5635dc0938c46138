"""Looks at everybody: asked for, counted by one worker, kept for as long as they are true."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from digest.composing import looking
from digest.composing.effect import Effect, forecast
from digest.composing.models import Edition, LookAhead
from digest.tasks import reconcile
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
BEFORE = NOW - timedelta(hours=12)


@pytest.fixture
def edition() -> Edition:
    """A draft, three readers and a paper for them."""
    make_paper()
    for _ in range(3):
        make_subscriber()
    return Edition.objects.create(period="2026-W32")


def test_what_a_worker_counted_is_read_as_it_was_counted(edition: Edition) -> None:
    looking.ask(edition, now=BEFORE)
    counted = looking.look(edition.pk, now=BEFORE)
    row = looking.find_look(edition, now=BEFORE)
    assert row is not None
    assert counted is not None
    assert row.effect is not None
    assert counted == looking.unpack(row.effect)
    assert (row.looked_at, row.readers) == (3, 3)
    assert counted.by_hour == forecast(edition, now=BEFORE).by_hour


def test_one_worker_at_a_time_until_it_is_silent_for_long(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    looking.ask(edition, now=BEFORE)
    monkeypatch.setattr(looking, "forecast", die)
    with pytest.raises(MemoryError):
        looking.look(edition.pk, now=BEFORE)
    monkeypatch.undo()
    assert looking.look(edition.pk, now=BEFORE) is None
    assert looking.find_waiting(now=BEFORE) == []
    later = BEFORE + looking.LEASE + timedelta(seconds=1)
    assert looking.find_waiting(now=later) == [edition.pk]
    assert looking.look(edition.pk, now=later) is not None


def die(*_: object, **__: object) -> None:
    raise MemoryError


def test_asking_again_counts_again_only_what_is_over(edition: Edition) -> None:
    looking.ask(edition, now=BEFORE)
    LookAhead.objects.update(looked_at=2)
    looking.ask(edition, now=BEFORE)
    assert LookAhead.objects.get().looked_at == 2
    looking.look(edition.pk, now=BEFORE)
    looking.ask(edition, now=BEFORE)
    assert LookAhead.objects.get().effect is None


def test_a_look_is_forgotten_with_time_and_with_the_next_change(edition: Edition) -> None:
    looking.ask(edition, now=BEFORE)
    looking.look(edition.pk, now=BEFORE)
    assert looking.find_look(edition, now=BEFORE + looking.KEPT + timedelta(minutes=1)) is None
    edition.save()
    assert looking.find_look(edition, now=BEFORE) is None


def test_what_changes_meanwhile_is_not_answered_by_the_old_look(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(seen: Edition, **_: object) -> Effect:
        edition.save()
        looking.ask(edition, now=BEFORE)
        return forecast(seen, now=BEFORE)

    looking.ask(edition, now=BEFORE)
    monkeypatch.setattr(looking, "forecast", change)
    looking.look(edition.pk, now=BEFORE)
    assert LookAhead.objects.get().effect is None
    assert looking.find_waiting(now=BEFORE) == [edition.pk]


def test_the_sweep_finds_a_look_whose_hint_was_lost(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    looking.ask(edition, now=now())
    told: list[int] = []
    monkeypatch.setattr("digest.tasks.hint_look", told.append)
    reconcile()
    assert told == [edition.pk]
