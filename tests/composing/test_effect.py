"""What is said of an edition before it goes is what happens when it goes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.composing import effect as looking_ahead
from digest.composing.audience import first_hour, slot_in
from digest.composing.compose import compose_range
from digest.composing.effect import forecast
from digest.composing.models import Digest, Edition, Pick
from digest.composing.schedule import open_due
from subscriptions.cadence import Rhythm
from subscriptions.models import Interest, Suppression
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
BEFORE = NOW - timedelta(hours=12)


@pytest.fixture
def edition() -> Edition:
    """A draft with two picks, among papers of three topics."""
    edition = Edition.objects.create(period="2026-W32")
    topics = [make_topic(f"Field {number}") for number in range(3)]
    papers = [make_paper(topics=(topics[number % 3],), votes=number, trend=float(number)) for number in range(12)]
    for place, paper in enumerate(papers[:2]):
        Pick.objects.create(edition=edition, paper=paper, position=place)
    for number in range(9):
        zone = ("UTC", "Asia/Tokyo", "America/New_York")[number % 3]
        reader = make_subscriber(follows=(topics[number % 3],), timezone=zone, paper_limit=3 + number % 2)
        Interest.objects.create(subscriber=reader, kind="keyword", text="paper 7", weight=-1.0)
    return edition


def test_the_forecast_is_what_the_send_then_does(edition: Edition) -> None:
    effect = forecast(edition, now=BEFORE)
    Edition.objects.update(state="approved", approved_at=BEFORE)
    open_due(now=NOW + timedelta(days=1))
    compose_range(first_id=1, last_id=2**31, now=NOW + timedelta(days=1))
    digests = list(Digest.objects.all())
    assert len(digests) == effect.readers == effect.looked_at == 9
    assert effect.reach == Counter(entry["paper"] for digest in digests for entry in digest.entries)
    assert effect.lengths == Counter(len(digest.entries) for digest in digests)


def test_readers_are_told_by_their_own_hour_and_zone(edition: Edition) -> None:
    effect = forecast(edition, now=BEFORE)
    hours = {f"{hour:%d %H}": count for hour, count in effect.by_hour.items()}
    # Eight o'clock on Monday in Tokyo is eleven at night on Sunday in UTC, and noon in New York's summer.
    assert hours == {"02 23": 3, "03 08": 3, "03 12": 3}
    assert effect.by_zone["Asia/Tokyo"] == 3
    assert first_hour(edition, now=BEFORE) == min(effect.by_hour)


def test_who_gets_nothing_is_counted_by_why(edition: Edition) -> None:
    for state in ("pending", "paused", "left"):
        make_subscriber(state=state)
    make_subscriber(cadence="daily")
    bounced = make_subscriber()
    Suppression.objects.create(address_hash=bounced.address_hash, reason="bounced")
    late = make_subscriber(next_due_at=NOW + timedelta(days=7))
    reasons = forecast(edition, now=BEFORE).left_out
    assert late.next_due_at is not None
    assert sorted(reasons.values()) == [1] * 6
    assert reasons[looking_ahead.TOO_LATE] == 1


def test_what_was_sent_before_is_counted_as_a_repeat_avoided(edition: Edition) -> None:
    reader = make_subscriber()
    sent = Pick.objects.all()[0].paper_id
    days = {"first_day": date(2026, 7, 20), "last_day": date(2026, 7, 27), "slot_at": NOW - timedelta(days=7)}
    Digest.objects.create(subscriber=reader, period="2026-W31", state="delivered", entries=[{"paper": sent}], **days)
    effect = forecast(edition, now=BEFORE)
    assert (effect.repeats_avoided, effect.reach[sent]) == (1, 9)


def test_a_paper_that_comes_back_is_a_repeat_for_those_who_were_sent_it(edition: Edition) -> None:
    reader, other = make_subscriber(), make_subscriber()
    old = make_paper(listed_on=date(2026, 7, 1), created_at=datetime(2026, 7, 1, 9, tzinfo=UTC))
    Pick.objects.create(edition=edition, paper=old, position=9)
    days = {"first_day": date(2026, 6, 29), "last_day": date(2026, 7, 5), "slot_at": NOW - timedelta(days=28)}
    row = {"period": "2026-W28", "state": "delivered", "composed_at": days["slot_at"], **days}
    Digest.objects.create(subscriber=reader, entries=[{"paper": old.pk}], **row)
    Digest.objects.create(subscriber=other, entries=[{"paper": old.pk + 1}], **row)
    effect = forecast(edition, now=BEFORE)
    assert (effect.repeats_avoided, effect.reach[old.pk]) == (1, 10)


def test_the_same_is_counted_in_batches_of_any_size(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = forecast(edition, now=BEFORE)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(looking_ahead, "BATCH", 1)
    monkeypatch.setattr(looking_ahead, "LARGEST_BATCH", 4)
    parts = forecast(edition, now=BEFORE, seconds=600, tell=lambda done, of: told.append((done, of)))
    assert told == [(1, 9), (3, 9), (7, 9), (9, 9)]
    assert (parts.reach, parts.lengths, parts.kinds_of_letter) == (whole.reach, whole.lengths, whole.kinds_of_letter)


def test_readers_alike_are_looked_at_once(edition: Edition) -> None:
    assert forecast(edition, now=BEFORE).groups == 6


def test_out_of_time_it_is_an_estimate_and_says_how_far_off(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_ahead, "BATCH", 3)
    effect = forecast(edition, now=BEFORE, seconds=0)
    assert effect.is_estimate
    assert (effect.looked_at, effect.scale(2)) == (3, 6)
    assert 30 < effect.margin < 60


def test_an_empty_list_and_an_empty_edition_have_an_effect_too() -> None:
    effect = forecast(Edition.objects.create(period="2026-W40"), now=NOW)
    assert (effect.readers, effect.margin, effect.scale(3)) == (0, 0.0, 3)


def test_a_rhythm_without_a_day_in_the_period_has_no_slot() -> None:
    saturday = Rhythm("weekdays", 0, 8, "UTC")
    assert slot_in(saturday, "2026-08-08") is None
    assert slot_in(Rhythm("weekly", 6, 23, "Pacific/Kiritimati"), "2026-W32") is not None
