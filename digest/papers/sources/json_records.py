"""Reads flat JSON records, with the names a table's columns have: an array, {"papers": [...]}, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.columns import match_columns
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.opening import DOCUMENT_BYTES, MEGABYTE, is_decoded, parse_json, read_lines

_EXPECTED = 'an array of objects, {"papers": [...]} or one object a line is expected'


def read_json(stream: BinaryIO) -> Iterator[Record | Rejection]:
    """Yield a record for each object, numbered by its line (JSON lines) or its place in the array.

    JSON lines are read one at a time, so they may be far longer than an array. Raises SourceError.
    """
    lines = read_lines(stream, longest=DOCUMENT_BYTES)
    head = _look_ahead(lines)
    if not head:
        raise SourceError("The file is empty.")
    if _are_lines(head):
        yield from _read_each_line(chain(head, lines))
    else:
        for number, item in enumerate(_read_document(chain(head, lines)), start=1):
            yield _read_item(item, number)


def _look_ahead(lines: Iterator[str]) -> list[str]:
    """The lines up to the second one that says anything: enough to tell an array from JSON lines."""
    head: list[str] = []
    filled = 0
    for line in lines:
        head.append(line)
        filled += bool(line.strip())
        if filled == 2:  # noqa: PLR2004  # the second one
            break
    return head if filled else []


def _are_lines(head: list[str]) -> bool:
    first, *others = [line.strip() for line in head if line.strip()]
    if not first.startswith("{"):
        return False
    if others:
        # A second line of an object written over several lines begins with a name, not with a brace.
        return others[0].startswith("{")
    try:
        return not isinstance(_papers_of(parse_json(first)), list)
    except ValueError:
        return False


def _read_each_line(lines: Iterator[str]) -> Iterator[Record | Rejection]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            if not is_decoded(line):
                raise ValueError("it holds bytes that are not UTF-8")  # noqa: TRY301  # one place words all reasons
            yield _read_item(parse_json(line), number)
        except ValueError as error:
            yield reject(line=number, reason=f"Is not a JSON object: {error}.", excerpt=line)


def _read_document(lines: Iterator[str]) -> list[object]:
    parts: list[str] = []
    size = 0
    for line in lines:
        parts.append(line)
        size += len(line)
        if size > DOCUMENT_BYTES:
            raise SourceError(
                f"The file holds more than {DOCUMENT_BYTES // MEGABYTE} MB in one piece; use one object a line."
            )
    text = "".join(parts)
    if not is_decoded(text):
        raise SourceError("The file is not UTF-8 text; save the file as UTF-8.")
    try:
        found = parse_json(text)
    except ValueError as error:
        raise SourceError(f"The file is not JSON: {error}.") from error
    items = found if isinstance(found, list) else _papers_of(found)
    if isinstance(items, list):
        return items
    if isinstance(found, dict):
        return [found]
    raise SourceError(f"The file is JSON, but not records: {_EXPECTED}.")


def _papers_of(found: object) -> object:
    return found.get("papers") if isinstance(found, dict) else None


def _read_item(item: object, number: int) -> Record | Rejection:
    if not isinstance(item, dict):
        return reject(line=number, reason="Is not a JSON object with a title.", excerpt=str(item))
    values = list(item.values())
    columns = match_columns(item.keys())
    return build_record({field: values[place] for place, field in columns.items()}, line=number)
