"""The one shape every source is asked and read in. Knows no file format and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO


class SourceError(Exception):
    """The input as a whole cannot be read: a sentence for the person who gave it."""


class FetchError(SourceError):
    """An address that cannot be read; the sentence says why. `may_pass`: another attempt may succeed."""

    def __init__(self, reason: str, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class BusyError(FetchError):
    """The server asks to come again after so many seconds."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} asks to wait {seconds:.0f} seconds.", may_pass=True)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a source may tell about one paper, cleaned. Empty or None means: not told."""

    title: str
    # Where it stands in the input: a line, or the number of the item. From 1.
    line: int = 0
    abstract: str = ""
    authors: tuple[str, ...] = ()
    arxiv_id: str = ""
    version: int | None = None
    # Like "v1 2025-03-07", oldest first.
    versions: tuple[str, ...] = ()
    doi: str = ""
    # Other names of the same paper, like "pmid:123", "s2:…" or "doi:…" for its printed form.
    other_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    summary: str = ""
    organisation: str = ""
    submitter: str = ""
    venue: str = ""
    licence: str = ""
    url: str = ""
    code_url: str = ""
    project_url: str = ""
    discussion_url: str = ""
    thumbnail_url: str = ""
    # Each with a kind (model, dataset, demo ...), a name and an https address.
    artifacts: tuple[dict[str, str], ...] = ()
    author_takes_part: bool | None = None
    votes: int | None = None
    comments: int | None = None
    stars: int | None = None
    citations: int | None = None
    published_on: date | None = None
    updated_on: date | None = None
    listed_on: date | None = None
    withdrawn_at: datetime | None = None
    # A new version of a paper from before: where we do not know that one, it is no news of today.
    is_revision: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that cannot be used: where it stands, what to mend, and how it begins."""

    line: int
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A paper that its source no longer holds, by one of its names."""

    line: int
    arxiv_id: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class Outline:
    """What an answer says about the whole: how many records there are, how to go on, the day it was made."""

    total: int | None = None
    token: str = ""
    built_on: date | None = None


Item = Record | Rejection | Withdrawal | Outline
# A reader takes bytes (plain or gzip, see opening.py) and yields what it finds, in order.
# It raises SourceError where the input is not its format at all.
Reader = Callable[[BinaryIO], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Query:
    """What a visit asks for: the words of the source's row, and the days, both included."""

    text: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Page:
    """What came of one answer. `position`: records received in the whole run so far."""

    received: int
    position: int
    outline: Outline


class Calendar(StrEnum):
    """On which days a source has something new."""

    ARXIV = "arxiv"
    WEEKDAYS = "weekdays"
    UNKNOWN = "unknown"


def _stop(_query: Query, _cursor: str, _page: Page) -> str:
    return ""


def _accept(_text: str) -> str:
    return ""


def _plain() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Visit:
    """How a source is asked over the network.

    `address` makes the address for a cursor, "" at first; `follow` the next cursor, "" at the end;
    `check` says in a sentence what is wrong with a query, "" where nothing is.
    """

    hosts: frozenset[str]
    address: Callable[[Query, str], str]
    follow: Callable[[Query, str, Page], str] = _stop
    check: Callable[[str], str] = _accept
    headers: Callable[[], dict[str, str]] = _plain
    calendar: Calendar = Calendar.UNKNOWN
    # A running day is incomplete there, so runs ask for days that are over.
    closed_days: bool = False
    # Lists everything of its day, so an empty answer on a working day is a fault, not a quiet day.
    is_whole: bool = False
