"""How inputs are opened: by content, and never beyond a set size."""

from __future__ import annotations

import gzip
import io
import os
from typing import BinaryIO, cast

import pytest

from digest.papers.sources.base import SourceError
from digest.papers.sources.opening import open_bytes, parse_json, read_lines, read_text


def test_gzip_is_known_by_content_and_the_byte_mark_is_dropped() -> None:
    assert read_text(io.BytesIO(gzip.compress(b"\xef\xbb\xbfcaf\xc3\xa9"))) == "café"


def test_a_small_file_that_unpacks_to_a_large_one_is_stopped() -> None:
    bomb = gzip.compress(b"0" * 3_000_000)
    with pytest.raises(SourceError, match="more than 1 MB"):
        open_bytes(io.BytesIO(bomb), limit=1024 * 1024).read()


def test_compressed_data_that_is_cut_short_is_named() -> None:
    cut = gzip.compress(os.urandom(5000))[:-20]
    with pytest.raises(SourceError, match="damaged or cut short"):
        read_text(io.BytesIO(cut))


def test_a_pipe_that_cannot_be_wound_back_is_read_whole() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        end.write(b"one\ntwo\n")
    with os.fdopen(reading, "rb") as end:
        assert list(read_lines(cast("BinaryIO", end))) == ["one\n", "two\n"]


def test_a_line_without_end_is_stopped() -> None:
    with pytest.raises(SourceError, match="Line 2 is longer"):
        list(read_lines(io.BytesIO(b"short\n" + b"x" * 50), longest=20))


def test_json_nested_without_end_is_an_ordinary_error() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json("[" * 200_000)
