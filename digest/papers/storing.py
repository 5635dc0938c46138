"""Stores one batch of records in one transaction, with a number of statements that its size bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import transaction

from digest.papers.matching import Shelf
from digest.papers.merging import FILING_FIELDS, MERGED_FIELDS, listing_day, merge_record
from digest.papers.models import Paper, PaperName, Source
from digest.papers.news import Standing, note_changes, note_withdrawals
from digest.papers.rows import insert_rows
from digest.papers.signals import store_signals
from digest.papers.sources.base import Record, Withdrawal
from digest.papers.telling import Told, keep_tellings
from digest.papers.topics import Filing, FilingText, TopicIndex, move_filings
from digest.papers.trending import find_trends
from digest.papers.votes import trend_of

# What comes later than this after its listing day is history, not news.
_LATEST = timedelta(days=14)
_FIELDS = {field.name: field for field in Paper._meta.concrete_fields}  # noqa: SLF001  # documented
_BLANK = Paper()
_COLUMNS = [name for name in _FIELDS if name != "id"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What holds for all records of one import."""

    source: Source
    listed_on: date
    now: datetime
    pending: bool
    # Whether a source was asked just now, so that what it tells is true today.
    is_visit: bool = False
    # Whether what comes after its listing day is for today's digests too.
    late_counts: bool = True
    topics: TopicIndex = field(default_factory=TopicIndex.load)

    def day_of(self, record: Record) -> date:
        """The listing day a record is told for."""
        return record.listed_on or self.listed_on


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records brought a new paper, changed one, or told nothing new."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


@dataclass(slots=True)
class _Change:
    """What a batch does to one paper."""

    paper: Paper
    is_new: bool
    text_before: FilingText
    standing_before: Standing
    fields: set[str] = field(default_factory=set)
    told: list[Record] = field(default_factory=list)


def store_records(records: Sequence[Record], desk: Desk) -> Tally:
    """Store the records, all or none. Raises IntegrityError or DataError where the database refuses one."""
    if not records:
        return Tally()
    with transaction.atomic():
        # Two imports at once would each miss what the other is about to insert under a title
        # alone, which no unique column guards. So batches of all imports wait for one another.
        Source.objects.select_for_update(no_key=True).order_by("pk").first()
        changes, tally = _merge_all(records, Shelf.load(records, desk.source), desk)
        _write(changes, desk)
    return tally


def mark_withdrawn(withdrawals: Sequence[Withdrawal], *, now: datetime) -> int:
    """Mark the papers whose source took them back, where we know them; return how many changed."""
    moments = {gone.arxiv_id: gone.withdrawn_at for gone in withdrawals}
    known = list(Paper.objects.filter(arxiv_id__in=moments, withdrawn_at=None)) if moments else []
    for paper in known:
        Paper.objects.filter(pk=paper.pk).update(withdrawn_at=moments[paper.arxiv_id or ""], updated_at=now)
    note_withdrawals([paper.pk for paper in known], now=now)
    return len(known)


def _merge_all(records: Iterable[Record], shelf: Shelf, desk: Desk) -> tuple[list[_Change], Tally]:
    changes: dict[int, _Change] = {}
    new = changed = unchanged = 0
    for record in records:
        paper = shelf.find(record)
        is_new = paper is None
        if paper is None:
            paper = _open_paper(record, desk)
        if id(paper) not in changes:
            changes[id(paper)] = _Change(paper, is_new, FilingText.of(paper), Standing.of(paper))
        fields = merge_record(paper, _without_taken_names(record, paper, shelf), day=desk.listed_on)
        changes[id(paper)].fields |= fields
        changes[id(paper)].told.append(record)
        shelf.put(paper, names=record.other_ids)
        new += is_new
        changed += not is_new and bool(fields - {"told_on"})
        unchanged += not is_new and not fields - {"told_on"}
    return list(changes.values()), Tally(new, changed, unchanged)


def _open_paper(record: Record, desk: Desk) -> Paper:
    # A copy is made in a third of the time that a model takes to work out its defaults. It shares its empty
    # lists with the blank: nothing in an import changes a list in place.
    paper = copy(_BLANK)
    paper.source, paper.created_at = desk.source, desk.now
    paper.state = Paper.State.PENDING if desk.pending else Paper.State.APPROVED
    paper.listed_on, today = listing_day(record, day=desk.listed_on), desk.now.date()
    is_late = desk.late_counts and paper.listed_on < today <= paper.listed_on + _LATEST
    paper.late_on = today if is_late else None
    return paper


def _without_taken_names(record: Record, paper: Paper, shelf: Shelf) -> Record:
    """The record without a DOI or arXiv id that another stored paper carries: the sources contradict each other."""
    if shelf.is_taken(name="doi", value=record.doi, by_other_than=paper):
        record = replace(record, doi="")
    if shelf.is_taken(name="arxiv_id", value=record.arxiv_id, by_other_than=paper):
        record = replace(record, arxiv_id="")
    return record


def _write(changes: Sequence[_Change], desk: Desk) -> None:
    new = [change.paper for change in changes if change.is_new]
    for paper in new:
        paper.trend = trend_of(votes=paper.votes, listed_on=paper.listed_on)
    _insert(new)
    _note_counts(changes, desk)
    edited = [change for change in changes if not change.is_new and change.fields]
    # An upsert by primary key writes whole rows at once; `bulk_update` builds a CASE for each column.
    columns = [*MERGED_FIELDS, "trend", "updated_at"]
    _upsert([change.paper for change in edited if change.fields != {"told_on"}], columns)
    _upsert([change.paper for change in edited if change.fields == {"told_on"}], ["told_on"])
    move_filings(
        Filing(change.paper, _match_before(change, desk), desk.topics.match(FilingText.of(change.paper)))
        for change in changes
        if change.is_new or change.fields & FILING_FIELDS
    )
    _write_beside(changes, desk)


def _told(changes: Iterable[_Change], desk: Desk) -> list[Told]:
    return [(record, change.paper, desk.day_of(record)) for change in changes for record in change.told]


def _note_counts(changes: Sequence[_Change], desk: Desk) -> None:
    """Counts by day, and what they make of papers that were there; a new one's trend needs no look at its past."""
    told = _told(changes, desk)
    store_signals((record, paper, desk.now.date() if desk.is_visit else day) for record, paper, day in told)
    known = {change.paper.pk: change for change in changes if not change.is_new}
    for pk, trend in find_trends([change.paper for change in known.values()]).items():
        if known[pk].paper.trend != trend:
            known[pk].paper.trend = trend
            known[pk].fields.add("trend")


def _match_before(change: _Change, desk: Desk) -> frozenset[int]:
    return frozenset() if change.is_new else desk.topics.match(change.text_before)


def _write_beside(changes: Sequence[_Change], desk: Desk) -> None:
    """What is kept beside the papers: who told what, other names, counts by day, and news."""
    told = _told(changes, desk)
    keep_tellings(told, source_id=desk.source.pk, now=desk.now)
    names = {name: paper for record, paper, _ in told for name in record.other_ids}
    PaperName.objects.bulk_create(
        (PaperName(paper=paper, name=name) for name, paper in names.items()), ignore_conflicts=True
    )
    note_changes(((change.paper, change.standing_before) for change in changes if not change.is_new), now=desk.now)


def _insert(papers: list[Paper]) -> None:
    numbers = insert_rows(Paper, _COLUMNS, _rows(papers, _COLUMNS), returning=True)
    for paper, number in zip(papers, numbers, strict=True):
        paper.pk = number
        paper._state.adding = False  # noqa: SLF001  # documented


def _upsert(papers: list[Paper], fields: Sequence[str]) -> None:
    # Whole rows, since the database looks at the insert's rules before it finds that the row is there.
    names = ("id", *_COLUMNS)
    insert_rows(Paper, names, _rows(papers, names), unique=["id"], update=fields)


def _rows(papers: Iterable[Paper], names: Sequence[str]) -> Iterator[Sequence[Any]]:
    read = attrgetter(*(_FIELDS[name].attname for name in names))
    for paper in papers:
        # Notes the moment, as `save` would.
        _FIELDS["updated_at"].pre_save(paper, add=False)
        yield read(paper)
