"""Digests read as plain tuples, with what a letter needs of their readers: a model object costs more than a letter.

They name their columns as the models do, so whoever presents a digest takes either.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, JSONField, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from digest.composing.models import Digest


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


class DigestRow(NamedTuple):
    """One digest on its way."""

    pk: int
    period: str
    edition_id: int | None
    first_day: date
    last_day: date
    looks_back: bool
    entries: list[dict[str, Any]]
    news: list[dict[str, Any]]
    more_count: int
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


_OWN = DigestRow._fields[:-2]
_PLANNED = (*PlannedRow._fields[:-1], "subscriber__paper_limit")
_READERS = [f"subscriber__{name}" for name in ReaderRow._fields]
_PRECEDES = Q(composed_at__isnull=False, composed_at__lt=F("edition__approved_at"))


def read_rows(digests: QuerySet[Digest], *, limit: int | None = None) -> list[DigestRow]:
    """The digests of a query, in order of their ids, the first `limit`; by one statement."""
    rows = digests.order_by("id").annotate(early=_PRECEDES).values_list(*_OWN, "early", *_READERS)[:limit]
    own = len(_OWN)
    return [DigestRow._make((*row[:own], bool(row[own]), ReaderRow._make(row[own + 1 :]))) for row in rows]


def read_planned(digests: QuerySet[Digest]) -> list[PlannedRow]:
    """The same of digests whose papers are still to be chosen."""
    return list(map(PlannedRow._make, digests.order_by("id").values_list(*_PLANNED)))


def planned_row_of(digest: Digest) -> PlannedRow:
    """The same of a model object, stored or not."""
    own = [getattr(digest, name) for name in PlannedRow._fields[:-1]]
    return PlannedRow._make((*own, digest.subscriber.paper_limit))


def row_of(digest: Digest) -> DigestRow:
    """The same of a model object, stored or not."""
    reader = ReaderRow._make(getattr(digest.subscriber, name) for name in ReaderRow._fields)
    own = [getattr(digest, name) for name in DigestRow._fields[:-1]]
    return DigestRow._make((*own, reader))
