"""JSON records: arrays, wrapped arrays and lines."""

from __future__ import annotations

import io

import pytest

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.json_records import read_json


def read(text: str) -> list[Record | Rejection]:
    return list(read_json(io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    "text",
    [
        '[{"title": "One", "upvotes": 3}, {"title": "Two"}]',
        '[\n {"title": "One",\n "upvotes": 3.0},\n {"title": "Two"}]',
        '{"papers": [{"title": "One", "upvotes": 3}, {"title": "Two"}]}',
        '{\n"papers": [{"title": "One", "upvotes": "3"}, {"title": "Two"}]}',
        '{"title": "One", "upvotes": 3}\n\n{"title": "Two"}\n',
    ],
)
def test_every_way_to_write_records_gives_the_same(text: str) -> None:
    items = read(text)
    assert [(item.title, item.votes) for item in items if isinstance(item, Record)] == [("One", 3), ("Two", None)]


def test_authors_may_be_texts_or_objects_with_a_name() -> None:
    items = read('[{"title": "T", "authors": ["Mara Quill", {"name": "Tomé Álvarez"}, 7, null]}]')
    assert isinstance(items[0], Record)
    assert items[0].authors == ("Mara Quill", "Tomé Álvarez", "7")


def test_a_bad_line_is_rejected_by_its_number_and_the_rest_is_read() -> None:
    items = read('{"title": "One"\n{"title": "Two"}\n[]\n{"abstract": "no title"}\n')
    assert [(item.line, type(item)) for item in items] == [(1, Rejection), (2, Record), (3, Rejection), (4, Rejection)]


def test_an_object_over_several_lines_is_one_record() -> None:
    (item,) = read('{\n  "title": "One",\n  "abstract": "A"\n}')
    assert isinstance(item, Record)


@pytest.mark.parametrize("text", ['"text"', "7", "[", "{]", "title\nOne\n"])
def test_what_holds_no_records_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        read(text)
