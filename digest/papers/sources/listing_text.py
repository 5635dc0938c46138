"""Reads a listing page captured as plain text: heading lines, a date line, then titles and abstracts in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import BinaryIO, NamedTuple

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.opening import read_text

# A longer block cannot be a title. Where pairing has slipped, this shows it.
TITLE_LIMIT = 300
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATE_LINE = re.compile(rf"({'|'.join(_MONTHS)})[a-z]*\.? ([0-9]{{1,2}})(?:, ([0-9]{{4}}))?", re.IGNORECASE)


class _Block(NamedTuple):
    """Lines between empty lines, joined; `line` is the first one's number."""

    line: int
    text: str


def read_listing(stream: BinaryIO) -> Iterator[Record | Rejection]:
    """Yield a record for each title and abstract after the date line. Raises SourceError where there is none."""
    blocks = list(_split_blocks(read_text(stream)))
    start = next((n for n, block in enumerate(blocks) if _DATE_LINE.fullmatch(block.text)), None)
    if start is None:
        raise SourceError("The file is not a captured listing: no line holds a date like “Mar 11”.")
    day = _read_day(blocks[start].text)
    pairs = list(_pair(blocks[start + 1 :]))
    _check_count(pairs, blocks[start + 1 :])
    for pair in pairs:
        if isinstance(pair, Rejection):
            yield pair
        else:
            title, abstract = pair
            raw = {"title": title.text, "abstract": abstract.text, "listed_on": day}
            yield build_record(raw, line=title.line)


def _pair(blocks: list[_Block]) -> Iterator[tuple[_Block, _Block] | Rejection]:
    """Titles with their abstracts. A block that can only be the other one of the two sets the step right again."""
    place = 0
    while place < len(blocks):
        block, after, beyond = (blocks[n] if n < len(blocks) else None for n in range(place, place + 3))
        assert block is not None
        if _is_long(block):
            yield reject(line=block.line, reason="An abstract without a title before it.", excerpt=block.text)
            place += 1
        elif after is None or (beyond is not None and _is_long(beyond) and not _is_long(after)):
            yield reject(line=block.line, reason="A title without an abstract after it.", excerpt=block.text)
            place += 1
        else:
            yield block, after
            place += 2


def _check_count(pairs: list[tuple[_Block, _Block] | Rejection], blocks: list[_Block]) -> None:
    """Where short blocks leave one over, nobody can tell which one lacks its other half: take none of them."""
    taken = [pair for pair in pairs if not isinstance(pair, Rejection)]
    if len(blocks) % 2 and not all(_is_long(abstract) for _, abstract in taken):
        raise SourceError(
            f"The file holds {len(blocks)} paragraphs after its date line; "
            "titles and abstracts in turn make an even number."
        )


def _is_long(block: _Block | None) -> bool:
    return block is not None and len(block.text) > TITLE_LIMIT


def _split_blocks(text: str) -> Iterator[_Block]:
    numbered = enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    for filled, lines in groupby(numbered, key=lambda pair: bool(pair[1].strip())):
        if filled:
            block = list(lines)
            yield _Block(block[0][0], " ".join(line.strip() for _, line in block))


def _read_day(text: str) -> str:
    """The listing's day where the date line names a year; else "", and the import's own day counts."""
    match = _DATE_LINE.fullmatch(text)
    if match is None or not match[3]:
        return ""
    month = 1 + _MONTHS.index(match[1].lower())
    try:
        return date(int(match[3]), month, int(match[2])).isoformat()
    except ValueError:
        raise SourceError(f"The date line “{text}” is not a day of the calendar.") from None
