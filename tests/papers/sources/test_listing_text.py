"""The captured listing: headings, a date line, then titles and abstracts."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.listing_text import read_listing

PAYLOAD = Path(__file__).parents[2] / "payloads" / "listing.txt"
LONG = "An abstract of real length. " * 20


def read(*blocks: str) -> list[Record | Rejection]:
    return list(read_listing(io.BytesIO("\n\n".join(("new", *blocks)).encode())))


def test_each_title_and_abstract_becomes_a_record_with_its_line() -> None:
    first, second = read_listing(io.BytesIO(PAYLOAD.read_bytes()))
    assert isinstance(first, Record)
    assert (first.title, first.line) == ("Two-Speed Grippers: Coarse Reach and Fine Contact", 11)
    assert first.abstract == "We split a grasp into a slow plan and a fast correction. The split halves failures."
    assert (second.line, first.listed_on) == (16, None)


def test_windows_line_ends_make_no_difference() -> None:
    data = PAYLOAD.read_bytes()
    assert list(read_listing(io.BytesIO(data.replace(b"\n", b"\r\n")))) == list(read_listing(io.BytesIO(data)))


def test_a_date_with_a_year_is_the_day_of_listing() -> None:
    (record,) = read("Mar 11, 2025", "Title", "Abstract")
    assert isinstance(record, Record)
    assert record.listed_on == date(2025, 3, 11)


def test_text_without_a_date_line_is_not_a_listing() -> None:
    with pytest.raises(SourceError, match="no line holds a date"):
        read("Title", "Abstract")


def test_one_missing_abstract_costs_one_paper_only() -> None:
    items = read("Mar 11", "One", LONG, "Two", "Three", LONG)
    assert [item.title if isinstance(item, Record) else item.reason for item in items] == [
        "One",
        "A title without an abstract after it.",
        "Three",
    ]


def test_one_missing_title_costs_one_paper_only() -> None:
    items = read("Mar 11", "One", LONG, LONG, "Three", LONG)
    assert [type(item) for item in items] == [Record, Rejection, Record]


def test_where_nobody_can_tell_which_half_is_missing_nothing_is_taken() -> None:
    with pytest.raises(SourceError, match="3 paragraphs"):
        read("Mar 11", "One", "Short abstract", "Two")
