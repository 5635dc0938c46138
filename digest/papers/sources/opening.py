"""Opens what a source gives: plain or gzip by content, UTF-8, and never more than a set size."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from digest.papers.sources.base import SourceError

MEGABYTE = 1024 * 1024
# What may come out of one input. Documents are held in memory as a whole, tables are not.
STREAM_BYTES = 1024 * MEGABYTE
DOCUMENT_BYTES = 64 * MEGABYTE
LINE_CHARACTERS = 4 * MEGABYTE
# What "surrogateescape" makes of a byte that is not UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff]")
_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class _Capped(io.RawIOBase):
    """Bytes that end in a clear error once there are too many, or where the compressed data is broken."""

    def __init__(self, stream: BinaryIO, *, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # typeshed's Buffer is 3.12
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise SourceError(f"The compressed data is damaged or cut short ({error}).") from error
        self._left -= len(data)
        if self._left < 0:
            raise SourceError(f"The file holds more than {self._limit // MEGABYTE} MB; split it into smaller files.")
        buffer[: len(data)] = data
        return len(data)


class _Joined(io.RawIOBase):
    """The bytes already looked at, then the rest: works for pipes, which cannot be wound back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # as above
        size = len(buffer)
        data, self._head = (self._head[:size], self._head[size:]) if self._head else (self._rest.read(size), b"")
        buffer[: len(data)] = data
        return len(data)


def open_bytes(stream: BinaryIO, *, limit: int = STREAM_BYTES) -> BinaryIO:
    """The input's bytes, unpacked if they are gzip, at most `limit` of them. Raises SourceError while reading."""
    head = _read_head(stream)
    if head in _UTF16_MARKS:
        raise SourceError("This is UTF-16 text; save it as UTF-8.")
    whole: BinaryIO = io.BufferedReader(_Joined(head, stream))
    if head == _GZIP_MAGIC:
        whole = gzip.GzipFile(fileobj=whole)  # type: ignore[assignment]  # a reader of bytes all the same
    return io.BufferedReader(_Capped(whole, limit=limit))


def read_text(stream: BinaryIO, *, limit: int = DOCUMENT_BYTES) -> str:
    """The whole input as text. Raises SourceError where it is too big, empty or not UTF-8."""
    try:
        text = open_bytes(stream, limit=limit).read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"Byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from error
    if not text.strip():
        raise SourceError("The file is empty.")
    return text


def read_lines(stream: BinaryIO, *, longest: int = LINE_CHARACTERS) -> Iterator[str]:
    """The input's lines, one at a time, with their ends. Bytes that are not UTF-8 become lone surrogates."""
    reader = io.TextIOWrapper(open_bytes(stream), encoding="utf-8-sig", errors="surrogateescape", newline="")
    number = 0
    while line := reader.readline(longest):
        number += 1
        if len(line) == longest:
            raise SourceError(f"Line {number} is longer than {longest:,} characters.")
        yield line


def parse_json(text: str) -> object:
    """The value that the text holds. Raises ValueError with a short reason."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None


def is_decoded(text: str) -> bool:
    """Whether every byte behind the text was UTF-8."""
    return _UNDECODED.search(text) is None


def _read_head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < len(_GZIP_MAGIC) and (more := stream.read(len(_GZIP_MAGIC) - len(head))):
        head += more
    return head
