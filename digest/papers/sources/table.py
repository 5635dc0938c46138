"""Reads tables (CSV) of papers with a header line; comma, semicolon and tab are told apart by the header."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.columns import match_columns
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.opening import is_decoded, read_lines

_DELIMITERS = ",;\t"


def read_table(stream: BinaryIO) -> Iterator[Record | Rejection]:
    """Yield a record for each row, numbered by the line it begins on. Raises SourceError without a title column."""
    lines = read_lines(stream)
    number, header = _find_header(lines)
    delimiter, columns = _match_header(header)
    # The header goes through the same reader, so that a quoted line break in it keeps rows in step.
    rows = csv.reader(chain([header], lines), delimiter=delimiter)
    begins, skipped = number, True
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield reject(line=begins, reason=f"Is not a table row ({error}); look for a quote that is not closed.")
        else:
            if cells is None:
                return
            if not skipped and any(cell.strip() for cell in cells):
                yield _read_row(cells, columns, begins)
        skipped = False
        begins = number + rows.line_num


def _read_row(cells: list[str], columns: dict[int, str], line: int) -> Record | Rejection:
    title = next((cells[place] for place, field in columns.items() if field == "title" and place < len(cells)), "")
    if not all(is_decoded(cell) for cell in cells):
        return reject(line=line, reason="Holds bytes that are not UTF-8; save the table as UTF-8.", excerpt=title)
    width = max(columns) + 1
    if len(cells) < width and not title.strip():
        return reject(line=line, reason="Has no title.", excerpt=" ".join(cells))
    return build_record({field: cells[place] for place, field in columns.items() if place < len(cells)}, line=line)


def _find_header(lines: Iterator[str]) -> tuple[int, str]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            return number, line
    raise SourceError("The file is empty.")


def _match_header(header: str) -> tuple[str, dict[int, str]]:
    """The delimiter that finds most of our columns, and those columns."""
    if not is_decoded(header) or "\0" in header:
        raise SourceError("The file is not UTF-8 text; save the table as CSV in UTF-8.")
    try:
        found = [
            (delimiter, match_columns(next(csv.reader([header], delimiter=delimiter)))) for delimiter in _DELIMITERS
        ]
    except csv.Error as error:
        raise SourceError(f"The header line cannot be read ({error}).") from error
    delimiter, columns = max(found, key=lambda pair: ("title" in pair[1].values(), len(pair[1])))
    if "title" not in columns.values():
        names = " ".join(header.split())[:80]
        raise SourceError(f"The header line has no column “title”; it reads: {names}")
    return delimiter, columns
