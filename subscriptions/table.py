"""Reads a CSV table of subscribers into rows, each checked by itself. Stores nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime

from digest.papers.text import clean_line
from subscriptions.addresses import clean_address
from subscriptions.cadence import Rhythm
from subscriptions.choices import DEFAULT_RHYTHM
from subscriptions.keywords import Keyword, parse_keywords
from subscriptions.models import Cadence, Subscriber, Weekday
from subscriptions.zones import known_zones

COLUMNS = (
    "email",
    "topics",
    "keywords",
    "cadence",
    "weekday",
    "hour",
    "timezone",
    "status",
    "consent_at",
    "consent_source",
)
WEEKDAYS = {name.lower()[:length]: day for day, name in Weekday.choices for length in (3, len(name))}
STATES = frozenset({Subscriber.State.ACTIVE, Subscriber.State.PENDING})
Topics = Mapping[str, int]


class TableError(Exception):
    """The table as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One subscriber as a line gives them. `given` names what it says; the rest are defaults."""

    line: int
    email: str
    topic_ids: frozenset[int]
    keywords: tuple[Keyword, ...]
    rhythm: Rhythm
    state: str
    consent_at: datetime | None
    consent_source: str
    given: frozenset[str]


def read_table(content: bytes, *, topics: Topics, origin: str) -> Iterator[Row | Rejected]:
    """Each line of a UTF-8 table as a row or a rejection; `topics` maps slugs and folded names to ids.

    Raises `TableError` before the first row where the table as a whole is no good.
    """
    lines = _read_lines(content)
    header = _read_header(lines)
    return (_read_line(number, cells, header, topics, origin) for number, cells in lines if any(cells))


def _read_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise TableError(f"This is not UTF-8 text (byte {problem.start}). Please save the table as UTF-8.") from problem
    if "\0" in text:
        raise TableError("This is not a text table: it holds NUL bytes.")
    try:
        for _ in csv.reader(io.StringIO(text), strict=True):
            pass
    except csv.Error as problem:
        raise TableError(f"This is not a CSV table: {problem}.") from problem
    reader = csv.reader(io.StringIO(text))
    # A quoted cell may hold line ends, so the reader counts the lines.
    return ((reader.line_num, [cell.strip() for cell in cells]) for cells in reader)


def _read_header(lines: Iterator[tuple[int, list[str]]]) -> list[str]:
    header = [name.lower() for _, cells in [next(lines, (0, []))] for name in cells]
    if "email" not in header:
        raise TableError(f"The first line must name the columns, “email” among them. Known ones: {', '.join(COLUMNS)}.")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) < len(header):
        what = f"Unknown column “{unknown[0]}”" if unknown else "A column is named twice"
        raise TableError(f"{what}. Known ones, each at most once: {', '.join(COLUMNS)}.")
    return header


def _read_line(number: int, cells: list[str], header: list[str], topics: Topics, origin: str) -> Row | Rejected:
    if len(cells) > len(header):
        return Rejected(number, f"{len(cells)} cells under {len(header)} columns; quote cells that hold commas")
    cell = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False))
    try:
        consent_at = _read_moment(cell["consent_at"])
        return Row(
            line=number,
            email=clean_address(cell["email"]),
            topic_ids=_read_topics(cell["topics"], topics),
            keywords=parse_keywords(cell["keywords"]),
            rhythm=_read_rhythm(cell),
            state=_read_state(cell["status"], consent_at),
            consent_at=consent_at,
            consent_source=(clean_line(cell["consent_source"]) or f"table {origin}")[:200],
            given=frozenset(name for name in header if cell[name] or name in {"topics", "keywords"}),
        )
    except ValueError as problem:
        return Rejected(number, str(problem))


def _read_rhythm(cell: Mapping[str, str]) -> Rhythm:
    cadence = cell["cadence"].lower() or DEFAULT_RHYTHM.cadence
    if cadence not in Cadence.values:
        raise ValueError(f"unknown cadence “{cadence}”; known: {', '.join(Cadence.values)}")
    zone = cell["timezone"] or DEFAULT_RHYTHM.timezone
    if zone not in known_zones():
        raise ValueError(f"unknown time zone “{zone}”; write it like Europe/Berlin")
    return Rhythm(cadence, _read_weekday(cell["weekday"]), _read_hour(cell["hour"]), zone)


def _read_weekday(text: str) -> int:
    if not text:
        return DEFAULT_RHYTHM.weekday
    day = WEEKDAYS.get(text.lower(), int(text) if text.isascii() and text.isdigit() else -1)
    if day not in Weekday.values:
        raise ValueError(f"unknown weekday “{text}”; write monday, mon or 0, up to sunday, sun or 6")
    return day


def _read_hour(text: str) -> int:
    hour, _, minutes = text.partition(":")
    if not text:
        return DEFAULT_RHYTHM.hour
    if not (hour.isascii() and hour.isdigit() and int(hour) <= 23 and minutes in {"", "00"}):  # noqa: PLR2004 (a day)
        raise ValueError(f"unknown hour “{text}”; write a full hour like 8 or 08:00")
    return int(hour)


def _read_topics(text: str, topics: Topics) -> frozenset[int]:
    names = [name.strip() for name in text.split(";") if name.strip()]
    unknown = [name for name in names if name.casefold() not in topics]
    if unknown:
        raise ValueError(f"unknown topic “{unknown[0]}”")
    return frozenset(topics[name.casefold()] for name in names)


def _read_state(text: str, consent_at: datetime | None) -> str:
    state = text.lower() or (Subscriber.State.ACTIVE if consent_at else Subscriber.State.PENDING)
    if state not in STATES:
        raise ValueError(f"unknown status “{text}”; write active or pending")
    return state


def _read_moment(text: str) -> datetime | None:
    """An ISO moment, in UTC where it names no zone; a date is its midnight."""
    if not text:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time()) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(f"unknown moment “{text}” in consent_at; write 2026-08-03 or 2026-08-03T08:00:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
