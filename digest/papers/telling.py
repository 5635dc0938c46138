"""Keeps what each source told about each paper: records as JSON and back, and who a field comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import Any

from digest.papers.identifiers import family_name, fold_title
from digest.papers.merging import merge_record
from digest.papers.models import Paper, SourceRecord
from digest.papers.rows import insert_rows
from digest.papers.sources.base import Record

_KEY_LENGTH = 300
_DAYS = ("published_on", "updated_on", "listed_on")
# What a record says of a field when its source is silent. No votes are silence; zero votes are not.
_SILENT = {field.name: field.default for field in fields(Record) if field.name != "line"}
_ALL = attrgetter(*_SILENT)
# Names of one record, in the order in which they are believed.
Told = tuple[Record, Paper, date]


def key_of(record: Record) -> str:
    """The strongest name in a record: its DOI, arXiv id, another id, or title with first author and year."""
    if record.doi:
        return f"doi:{record.doi}"[:_KEY_LENGTH]
    if record.arxiv_id:
        return f"arxiv:{record.arxiv_id}"
    if record.other_ids:
        return record.other_ids[0][:_KEY_LENGTH]
    family = family_name(record.authors[0]) if record.authors else ""
    year = record.published_on.year if record.published_on else ""
    return f"title:{fold_title(record.title)}|{family}|{year}"[:_KEY_LENGTH]


def write_record(record: Record) -> dict[str, Any]:
    """The record as JSON: what it tells, and nothing else."""
    told = {name: value for name, value in zip(_SILENT, _ALL(record), strict=True) if value != _SILENT[name]}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


def read_record(told: dict[str, Any]) -> Record:
    """The record that was written."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    values |= {name: date.fromisoformat(told[name]) for name in _DAYS if name in told}
    if "withdrawn_at" in told:
        values["withdrawn_at"] = datetime.fromisoformat(told["withdrawn_at"])
    return Record(**values)


def keep_tellings(told: Iterable[Told], *, source_id: int, now: datetime) -> None:
    """Store what a source told, one row per record's name: of several tellings that of the latest day, in any order."""
    rows = {
        (key := key_of(record)): (paper.pk, source_id, key, write_record(record), day, now, now)
        for record, paper, day in sorted(told, key=itemgetter(2))
    }
    insert_rows(
        SourceRecord,
        ("paper", "source", "key", "told", "told_on", "first_told_at", "last_told_at"),
        rows.values(),
        unique=("source", "key"),
        update=("paper", "told", "told_on", "last_told_at"),
        newest="told_on",
    )


def find_winners(records: Sequence[SourceRecord]) -> dict[str, SourceRecord]:
    """Which record each field of a paper comes from, by replaying them in the order of their days."""
    paper, winners = Paper(), {}
    for row in sorted(records, key=lambda row: (row.told_on, row.pk)):
        for name in merge_record(paper, read_record(row.told), day=row.told_on):
            winners[name] = row
    return winners
