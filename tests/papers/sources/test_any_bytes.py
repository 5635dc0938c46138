"""No input whatever makes a reader fail with anything but its one clear error."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.sources.base import Item, Record, Rejection, SourceError
from digest.papers.sources.registry import FORMATS

# Bytes near the formats reach further into the readers than bytes at random.
WORDS = b'title abstract , ; " [ ] { } : null "paper" "papers" "title" "id" "authors" "upvotes" "\\ud800" 1e999 NaN -1'
BREAKS = [b"\t", b"\n", b"\r\n", b"\n\n", b"Mar 11", b"2503.01234", b"x" * 310]
MARKED = [
    b"<feed>", b"<entry>", b"</entry>", b"<title>T</title>", b"</feed>", b"<OAI-PMH><record><header status='deleted'>",
    b"<!DOCTYPE x [<!ENTITY i 'j'>]>", b"&i;", b'{"data": [', b'{"message": {"items": [', b'{"collection": [',
    b"]}", b"}",
    b"TY  - JOUR\n", b"TI  - T\n", b"DA  - 2025/\n", b"ER  - \n", b"@article{a,", b"title = {T}", b"#",
    b"@string{a = b}",
    b"\\\\\n", b"arXiv:2503.01234\n", b"Title: T\n", b"-" * 78 + b"\n", b"\\'{e}",
]  # fmt: skip
BROKEN = [b"\xff", b"\0", b"\xef\xbb\xbf", b"\xed\xa0\x80"]
PIECES = st.sampled_from([*WORDS.split(), *BREAKS, *MARKED, *BROKEN])
NEAR_MISSES = st.lists(PIECES, max_size=40).map(b"".join)


def read_all(kind: str, data: bytes) -> list[Item] | None:
    try:
        return list(FORMATS[kind].read(io.BytesIO(data)))
    except SourceError:
        return None


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.one_of(st.binary(), NEAR_MISSES))
def test_any_bytes_give_records_rejections_or_the_clear_error(kind: str, data: bytes) -> None:
    for item in read_all(kind, data) or ():
        assert item.title if isinstance(item, Record) else not isinstance(item, Rejection) or item.reason


@pytest.mark.parametrize("kind", FORMATS)
@given(data=NEAR_MISSES)
def test_compressed_bytes_read_like_plain_ones(kind: str, data: bytes) -> None:
    if not data.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        assert read_all(kind, gzip.compress(data)) == read_all(kind, data)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "data", [b"", b"\n \n", b"\xff\xfet\x00", b"\x89PNG\r\n\x1a\n", b"<html><p>No</p></html>", b"\x1f\x8bbroken"]
)
def test_what_is_not_the_format_is_named_as_such(kind: str, data: bytes) -> None:
    with pytest.raises(SourceError):
        list(FORMATS[kind].read(io.BytesIO(data)))
