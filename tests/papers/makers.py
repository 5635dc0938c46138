"""Small ways to make sources and import records, for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from digest.papers.ingest import import_records
from digest.papers.models import ImportRun, Source
from digest.papers.sources.base import Item

NOW = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def make_source() -> Source:
    return Source.objects.get_or_create(name="A list", defaults={"kind": Source.Kind.JSON})[0]


def take(*records: Item, day: date = TODAY, pending: bool = False) -> ImportRun:
    return take_all(records, day=day, pending=pending)


def take_all(records: Iterable[Item], *, day: date = TODAY, pending: bool = False) -> ImportRun:
    source = make_source()
    return import_records(source=source, origin="test", records=records, listed_on=day, now=NOW, pending=pending)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.new, run.changed, run.unchanged, run.rejected
