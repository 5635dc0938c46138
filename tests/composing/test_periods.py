"""Periods as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.composing.models import Edition
from digest.composing.periods import clean_period, coming_periods, days_of, describe_period, listing_days, name_of

DAYS = st.dates(date(2000, 2, 1), date(2899, 12, 1))
KINDS = st.sampled_from(list(Edition.Kind))


@given(DAYS, KINDS)
def test_a_period_holds_the_day_it_is_named_after(day: date, kind: Edition.Kind) -> None:
    name = name_of(day, kind=kind)
    first, last = days_of(name)
    assert first <= day <= last
    assert name_of(first, kind=kind) == name_of(last, kind=kind) == name == clean_period(name.lower(), kind=kind)


@given(DAYS, KINDS)
def test_coming_periods_follow_each_other_without_gap(day: date, kind: Edition.Kind) -> None:
    spans = [days_of(name) for name in islice(coming_periods(day, kind=kind), 4)]
    assert spans[0][0] > day
    assert all(later[0] - earlier[1] == timedelta(days=1) for earlier, later in pairwise(spans))


@given(st.text(max_size=12), KINDS)
def test_whatever_is_typed_is_a_period_or_explained(text: str, kind: Edition.Kind) -> None:
    with suppress(ValueError):
        assert Edition.Kind.of(clean_period(text, kind=kind)) == kind
        return
    with pytest.raises(ValueError, match="is written like"):
        clean_period(text, kind=kind)


@pytest.mark.parametrize("text", ["2026-W53", "2020-W53", "2026-02-28"])
def test_last_weeks_and_days_exist_where_they_do(text: str) -> None:
    assert clean_period(text, kind=Edition.Kind.of(text)) == text


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-02-30", "2026-13", "1999-W01", "٢٠٢٦-W32"])
def test_periods_that_never_were_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="There is no"):
        clean_period(text, kind=Edition.Kind.of(text))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-W32", date(2026, 7, 27), date(2026, 8, 9)),
        ("2026-08", date(2026, 7, 1), date(2026, 8, 31)),
        ("2026-08-03", date(2026, 7, 31), date(2026, 8, 3)),
        ("2026-08-04", date(2026, 8, 3), date(2026, 8, 4)),
    ],
)
def test_a_period_draws_from_the_days_before_it_too(period: str, first: date, last: date) -> None:
    assert listing_days(period) == (first, last)


def test_periods_are_told_in_words() -> None:
    words = [describe_period(period) for period in ("2026-08-03", "2026-W32", "2026-08")]
    assert words == ["3 August 2026", "Week 32 of 2026", "August 2026"]
