"""Tables: delimiters, names of columns, bad rows."""

from __future__ import annotations

import io
from datetime import date

import pytest

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.table import read_table


def read(text: str) -> list[Record | Rejection]:
    return list(read_table(io.BytesIO(text.encode())))


def read_one(text: str) -> Record:
    (item,) = read(text)
    assert isinstance(item, Record), item
    return item


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_and_byte_mark_make_no_difference(delimiter: str, mark: str) -> None:
    rows = [["title", "authors", "upvotes"], ["Grippers", '"Mara Quill; Tomé Álvarez"', "41"]]
    record = read_one(mark + "\n".join(delimiter.join(row) for row in rows))
    assert (record.title, record.authors, record.votes) == ("Grippers", ("Mara Quill", "Tomé Álvarez"), 41)


def test_columns_may_have_other_names_and_unknown_ones_are_passed_over() -> None:
    record = read_one("Rank,TITLE,Summary,Tags,Link,Date\n1,T,A,cs.RO;cs.LG,https://example.org/a,2025-3-7\n")
    assert (record.abstract, record.categories, record.url) == ("A", ("cs.RO", "cs.LG"), "https://example.org/a")
    assert record.published_on == date(2025, 3, 7)


def test_beside_an_abstract_the_summary_is_the_short_one() -> None:
    record = read_one("title,summary,abstract\nT,short,long\n")
    assert (record.summary, record.abstract) == ("short", "long")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2503.01234,,", "Has no title."),
        ("T,25.1,,", "“25.1” is not an arXiv id like 2503.01234 or hep-th/9901001."),
        ("T,,2025-02-30,", "“2025-02-30” (published on) is not a day of the calendar."),
        ("T,,yesterday,", "“yesterday” (published on) is not a date like 2025-03-07."),
        ("T,,,-3", "“-3” (votes) is not a whole number from 0 up."),
        ("T" * 501 + ",,,", "The title has 501 characters; at most 500 fit."),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_the_next_one_is_read(row: str, reason: str) -> None:
    bad, good = read(f"title,arxiv_id,published,votes\n\n{row}\nGood,,,\n")
    assert isinstance(bad, Rejection)
    assert (bad.line, bad.reason) == (3, reason)
    assert isinstance(good, Record)
    assert good.line == 4


def test_lines_are_counted_through_cells_that_hold_line_breaks() -> None:
    items = read('title,abstract\n"One","a\nb\nc"\nTwo,d\n')
    assert [item.line for item in items] == [2, 5]


def test_a_row_that_is_not_utf8_is_rejected_and_the_rest_is_read() -> None:
    bad, good = read_table(io.BytesIO(b"title\nCaf\xe9\nGood\n"))
    assert isinstance(bad, Rejection)
    assert "UTF-8" in bad.reason
    assert isinstance(good, Record)


def test_a_quote_that_is_never_closed_is_a_rejection() -> None:
    items = read('title\n"open ' + "x" * 200_000 + "\nGood\n")
    assert isinstance(items[0], Rejection)
    assert "quote" in items[0].reason


def test_a_table_without_a_title_column_is_refused_with_its_header() -> None:
    with pytest.raises(SourceError, match="no column “title”; it reads: name,year"):
        read("name,year\nx,1\n")


def test_an_id_is_also_found_in_the_address_or_the_doi() -> None:
    assert read_one("title,url\nT,https://arxiv.org/abs/2503.01234v2\n").arxiv_id == "2503.01234"
    record = read_one("title,doi\nT,10.48550/arXiv.2503.01234\n")
    assert (record.arxiv_id, record.doi) == ("2503.01234", "")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://example.org/a", "https://a@example.org/", "//example.org", "https://x"]
)
def test_links_that_must_not_be_shown_are_dropped(link: str) -> None:
    assert read_one(f"title,url\nT,{link}\n").url == ""
