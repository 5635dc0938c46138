"""The one shape every source is read into. Knows no file format and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
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
    doi: str = ""
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
    published_on: date | None = None
    listed_on: date | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that cannot be used: where it stands, what to mend, and how it begins."""

    line: int
    reason: str
    excerpt: str = ""


# A reader takes bytes (plain or gzip, see opening.py) and yields what it finds, in order.
# It raises SourceError where the input is not its format at all.
Reader = Callable[[BinaryIO], Iterator[Record | Rejection]]
