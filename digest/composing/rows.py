"""Digests read as plain tuples, with what a letter needs of their readers: a model object costs more than a letter.

They name their columns as the models do, so whoever presents a digest takes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, IntegerField, JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler

from digest.compiled import Row
from digest.composing.models import Digest


class Contents(NamedTuple):
    """The columns that composing decides."""

    entries: Sequence[dict[str, Any]]
    more_count: int
    news: Sequence[dict[str, Any]] = ()


class ReaderRow(NamedTuple):
    """What a letter needs of its reader."""

    pk: int
    email: str
    cadence: str
    weekday: int
    hour: int
    timezone: str
    token_version: int
    layout: str
    date_language: str
    counts_clicks: bool = False


class DigestRow(NamedTuple):
    """One digest on its way."""

    pk: int
    period: str
    edition_id: int | None
    first_day: date
    last_day: date
    looks_back: bool
    entries: Sequence[dict[str, Any]]
    more_count: int
    news: Sequence[dict[str, Any]]
    attempts: int
    # Composed before its edition was approved: then it carries none of the edition's words.
    precedes_edition: bool
    subscriber: ReaderRow


class PlannedRow(NamedTuple):
    """One digest before its papers are chosen."""

    pk: int
    subscriber_id: int
    period: str
    edition_id: int | None
    first_day: date
    last_day: date
    # The reader's own hour.
    slot_at: datetime
    # Most papers a digest of this reader's.
    paper_limit: int


class PaperIds(Func):
    """The papers of a digest's entries, best first. The database takes them out: the reasons need not travel."""

    output_field = JSONField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """By a path."""
        return self.as_sql(compiler, connection, template="jsonb_path_query_array(%(expressions)s, '$[*].paper')")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Any]:
        """By a subquery, which has no path for all of a list."""
        rows = "(SELECT json_group_array(value ->> 'paper') FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=rows)


class PaperIdsBetween(Func):
    """The same, but only papers with ids from `first` to `last`: what else was sent need not travel."""

    output_field = JSONField()

    def __init__(self, entries: str, first: int, last: int) -> None:
        super().__init__(entries)
        self.ends = first, last

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """By a path."""
        path = "'$[*].paper ? (@ >= {} && @ <= {})'".format(*self.ends)
        return self.as_sql(compiler, connection, template=f"jsonb_path_query_array(%(expressions)s, {path})")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Any]:
        """By a subquery, as above."""
        within = "value ->> 'paper' BETWEEN {} AND {}".format(*self.ends)
        rows = f"(SELECT json_group_array(value ->> 'paper') FROM json_each(%(expressions)s) WHERE {within})"  # noqa: S608  # only numbers
        return self.as_sql(compiler, connection, template=rows)


class Rows(Func):
    """How many rows a query finds, as its one column. Django's own count would group them."""

    template = "COUNT(*)"
    output_field = IntegerField()


_CONTENTS = Contents._fields
_REST = ["attempts", "early", *(f"subscriber__{name}" for name in ReaderRow._fields)]
# The columns of a `DigestRow`, and those but for its contents.
Columns = tuple[str, ...]
WHOLE: Columns = (*DigestRow._fields[:6], *_CONTENTS, *_REST)
WITHOUT_CONTENTS: Columns = (*DigestRow._fields[:6], *_REST)
_PRECEDES = Q(composed_at__isnull=False, composed_at__lt=F("edition__approved_at"))
# A moment is slow to read, and thousands of readers have the same: it comes as text.
_PLANNED = (*PlannedRow._fields[:-2], Cast("slot_at", TextField()), "subscriber__paper_limit")


def read_rows(digests: QuerySet[Digest]) -> list[DigestRow]:
    """The digests of a query, in order of their ids."""
    return make_rows(list(select_rows(digests)))


def select_rows(digests: QuerySet[Digest], columns: Columns = WHOLE) -> QuerySet[Digest, Row]:
    """What `make_rows` takes, of digests in order of their ids."""
    return digests.order_by("id").annotate(early=_PRECEDES).values_list(*columns)


def make_rows(rows: Sequence[Row], *, known: Mapping[int, Contents] | None = None, further: int = 0) -> list[DigestRow]:
    """The digests of these rows. `further`: the attempts that whoever reads them adds.

    `known`: what this process has just written, and the rows are `WITHOUT_CONTENTS`; what it does not hold is
    read.
    """
    if known:
        unknown = [row[0] for row in rows if row[0] not in known]
        contents = {**known, **_read_contents(unknown)} if unknown else known
    else:
        contents = {row[0]: Contents._make(row[6:9]) for row in rows}
        rows = [row[:6] + row[9:] for row in rows]
    # What `_make` does, without a call for each.
    new = tuple.__new__
    return [
        new(DigestRow, (*row[:6], *contents[row[0]], row[6] + further, bool(row[7]), new(ReaderRow, row[8:])))
        for row in rows
        # An erased reader's digest may have gone between the two.
        if row[0] in contents
    ]


def _read_contents(numbers: Sequence[int]) -> dict[int, Contents]:
    found = Digest.objects.filter(id__in=numbers).values_list("id", *_CONTENTS)
    return {pk: Contents._make(columns) for pk, *columns in found}


def select_planned(digests: QuerySet[Digest]) -> QuerySet[Digest, Row]:
    """What `make_planned` takes, of digests whose papers are still to be chosen."""
    return digests.order_by("id").values_list(*_PLANNED)


def make_planned(rows: Iterable[Row]) -> list[PlannedRow]:
    """The digests of these rows."""
    return [PlannedRow._make((*own, _read_moment(slot), limit)) for *own, slot, limit in rows]


@lru_cache(maxsize=4096)
def _read_moment(text: str) -> datetime:
    """A moment as a database writes it; SQLite leaves out that it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def planned_row_of(digest: Digest) -> PlannedRow:
    """The same of a model object, stored or not."""
    own = [getattr(digest, name) for name in PlannedRow._fields[:-1]]
    return PlannedRow._make((*own, digest.subscriber.paper_limit))


def row_of(digest: Digest) -> DigestRow:
    """The same of a model object, stored or not."""
    reader = ReaderRow._make(getattr(digest.subscriber, name) for name in ReaderRow._fields)
    own = [getattr(digest, name) for name in DigestRow._fields[:-1]]
    return DigestRow._make((*own, reader))
