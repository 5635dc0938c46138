"""Slots, periods and windows: the clock changes that bite, and properties over all zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.cadence import (
    Rhythm,
    describe,
    latest_slot,
    local_day,
    name_period,
    next_slot,
    window_of,
)

BERLIN = Rhythm(cadence="weekly", weekday=0, hour=8, timezone="Europe/Berlin")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_weekly_slot_keeps_its_local_hour_across_a_clock_change() -> None:
    before = next_slot(BERLIN, after=at("2027-03-20T00:00"))
    after = next_slot(BERLIN, after=before)
    assert (before, after) == (at("2027-03-22T07:00"), at("2027-03-29T06:00"))


@pytest.mark.parametrize(
    "zone, day, hour, moment",
    [
        ("Europe/Berlin", "2027-03-28", 2, "2027-03-28T03:00"),
        ("Australia/Lord_Howe", "2027-10-03", 2, "2027-10-03T02:30"),
        ("Africa/Cairo", "2027-04-30", 0, "2027-04-30T01:00"),
        ("America/Santiago", "2027-09-05", 0, "2027-09-05T01:00"),
        ("America/Havana", "2027-03-14", 0, "2027-03-14T01:00"),
        ("Asia/Beirut", "2027-03-28", 0, "2027-03-28T01:00"),
        ("Pacific/Apia", "2011-12-30", 8, "2011-12-31T00:00"),
    ],
)
def test_an_hour_the_clocks_skip_becomes_the_first_moment_after(zone: str, day: str, hour: int, moment: str) -> None:
    rhythm = Rhythm(cadence="daily", weekday=0, hour=hour, timezone=zone)
    just_before = at(f"{day}T00:00", zone) - timedelta(hours=2)
    assert next_slot(rhythm, after=just_before) == at(moment, zone)


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    rhythm = Rhythm(cadence="daily", weekday=0, hour=1, timezone="America/New_York")
    assert next_slot(rhythm, after=at("2027-11-07T00:00", "America/New_York")) == at("2027-11-07T05:00")


def test_a_quarter_hour_zone_is_met_to_the_minute() -> None:
    rhythm = Rhythm(cadence="daily", weekday=0, hour=8, timezone="Asia/Kathmandu")
    assert next_slot(rhythm, after=at("2026-08-03T00:00")) == at("2026-08-03T02:15")


def test_weekdays_skip_the_weekend_and_monday_looks_back_to_friday() -> None:
    rhythm = Rhythm(cadence="weekdays", weekday=0, hour=8, timezone="UTC")
    monday = next_slot(rhythm, after=at("2026-07-31T08:00"))
    assert monday == at("2026-08-03T08:00")
    assert window_of(rhythm, monday) == (date(2026, 7, 31), date(2026, 8, 3))


def test_a_month_has_one_slot_on_its_first_such_weekday() -> None:
    rhythm = Rhythm(cadence="monthly", weekday=2, hour=9, timezone="UTC")
    slots = [next_slot(rhythm, after=at(moment)) for moment in ("2026-07-31T00:00", "2026-08-05T09:00")]
    assert slots == [at("2026-08-05T09:00"), at("2026-09-02T09:00")]


def test_the_week_53_exists() -> None:
    assert name_period("weekly", date(2026, 12, 28)) == "2026-W53"
    assert name_period("weekly", date(2027, 1, 1)) == "2026-W53"
    assert name_period("monthly", date(2027, 1, 1)) == "2027-01"
    assert name_period("weekdays", date(2027, 1, 1)) == "2027-01-01"


def test_a_rhythm_reads_as_a_sentence() -> None:
    assert describe(BERLIN) == "every Monday at 08:00, Europe/Berlin"


rhythms = st.builds(
    Rhythm,
    cadence=st.sampled_from(["daily", "weekdays", "weekly", "monthly"]),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    timezone=st.sampled_from(sorted(available_timezones())),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))


@given(rhythms, moments)
def test_the_slot_before_the_next_slot_is_the_latest_slot(rhythm: Rhythm, moment: datetime) -> None:
    following = next_slot(rhythm, after=moment)
    assert latest_slot(rhythm, now=moment) <= moment < following
    assert latest_slot(rhythm, now=following - timedelta(microseconds=1)) == latest_slot(rhythm, now=moment)


@given(rhythms, moments)
def test_two_slots_in_a_row_never_share_a_period(rhythm: Rhythm, moment: datetime) -> None:
    first = next_slot(rhythm, after=moment)
    second = next_slot(rhythm, after=first)
    names = {name_period(rhythm.cadence, local_day(slot, rhythm)) for slot in (first, second)}
    assert len(names) == 2
