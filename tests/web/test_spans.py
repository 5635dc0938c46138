"""Spans: days, ISO weeks and months, and what was probably meant."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.spans import BadSpanError, Kind, name_range, read_span, span_of

KINDS = st.sampled_from(list(Kind))
DAYS = st.dates(date(1901, 1, 1), date(2198, 12, 31))


def trouble_with(kind: Kind, name: str) -> BadSpanError | None:
    try:
        read_span(kind, name)
    except BadSpanError as trouble:
        return trouble
    return None


@given(KINDS, DAYS)
def test_a_span_is_found_again_by_its_name(kind: Kind, day: date) -> None:
    span = span_of(kind, day)
    assert span.first <= day <= span.last
    assert read_span(kind, span.name) == span


@given(KINDS, st.text(max_size=20) | st.from_regex(r"\d{4}-W?\d{1,2}(-\d{1,2})?", fullmatch=True))
def test_any_text_is_a_span_or_explained(kind: Kind, name: str) -> None:
    trouble = trouble_with(kind, name)
    if trouble is None:
        assert read_span(kind, name).name == name
    else:
        assert str(trouble).endswith(".")
        assert trouble.suggestion is None or read_span(kind, trouble.suggestion.name) == trouble.suggestion


def test_a_week_may_reach_into_the_next_year() -> None:
    span = read_span(Kind.WEEK, "2026-W53")
    assert (span.first, span.last) == (date(2026, 12, 28), date(2027, 1, 3))
    assert span.title == "Week 53, 28 December 2026 to 3 January 2027"


@pytest.mark.parametrize("name", ["2025-W53", "2026-W00", "2026-W99"])
def test_a_week_the_year_does_not_have_is_refused_with_a_neighbour(name: str) -> None:
    with pytest.raises(BadSpanError, match="has the weeks 1 to") as caught:
        read_span(Kind.WEEK, name)
    assert caught.value.suggestion is not None


@pytest.mark.parametrize("first, last, words", [
    (date(2026, 8, 3), date(2026, 8, 9), "3 to 9 August 2026"),
    (date(2026, 7, 27), date(2026, 8, 2), "27 July to 2 August 2026"),
    (date(2026, 12, 28), date(2027, 1, 3), "28 December 2026 to 3 January 2027"),
])  # fmt: skip
def test_ranges_say_nothing_twice(first: date, last: date, words: str) -> None:
    assert name_range(first, last) == words
