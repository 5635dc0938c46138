"""Undoes a merge: takes one source's record out of a paper and makes a paper of its own of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from digest.papers.merging import (
    EARLIEST_FIELDS,
    GREATEST_FIELDS,
    NAME_FIELDS,
    NEWEST_FIELDS,
    is_by_hand,
    listing_day,
    merge_record,
)
from digest.papers.models import Paper, PaperName, SourceRecord
from digest.papers.sources.base import Record
from digest.papers.telling import read_record
from digest.papers.topics import file_paper
from digest.papers.trending import refresh_trends


class LastRecordError(ValueError):
    """A paper's only record cannot be taken out of it."""


def part_record(record_id: int, *, now: datetime) -> Paper:
    """Take a record out of its paper; return the new paper made of it. Later imports keep them apart.

    The old paper is made anew of its other records; what curators typed, its topics, votes of
    readers and place in editions stay with it. Raises LastRecordError.
    """
    with transaction.atomic():
        row = SourceRecord.objects.select_for_update().get(pk=record_id)
        others = list(SourceRecord.objects.filter(paper=row.paper_id).exclude(pk=row.pk).order_by("told_on", "id"))
        if not others:
            raise LastRecordError("This is the only record of the paper; there is nothing to part it from.")
        old = Paper.objects.select_for_update().get(pk=row.paper_id)
        _clear(old)
        for other in others:
            merge_record(old, read_record(other.told), day=other.told_on)
        old.save()
        record = read_record(row.told)
        new = _open(record, old, row, now)
        row.paper = new
        row.save(update_fields=["paper"])
        _share_names(old, others, new, record)
        refresh_trends([old, new])
    return new


def _clear(paper: Paper) -> None:
    """Forget what sources told, so that it can be told again."""
    blank = Paper()
    for name in (*NEWEST_FIELDS, *GREATEST_FIELDS):
        if not is_by_hand(paper, name):
            setattr(paper, name, getattr(blank, name))
    for name in (*EARLIEST_FIELDS, *NAME_FIELDS):
        setattr(paper, name, None)
    paper.votes = paper.reader_votes
    paper.told_on = {name: day for name, day in paper.told_on.items() if is_by_hand(paper, name)}


def _share_names(old: Paper, others: Iterable[SourceRecord], new: Paper, record: Record) -> None:
    kept = {name for other in others for name in read_record(other.told).other_ids}
    old.names.exclude(name__in=kept).delete()
    PaperName.objects.bulk_create(
        (PaperName(paper=new, name=name) for name in record.other_ids if name not in kept), ignore_conflicts=True
    )


def _open(record: Record, old: Paper, row: SourceRecord, now: datetime) -> Paper:
    new = Paper(source=row.source, state=old.state, listed_on=listing_day(record, day=row.told_on), created_at=now)
    merge_record(new, record, day=row.told_on)
    # A name that both records carry stays with the older paper.
    for name in NAME_FIELDS:
        value = getattr(new, name)
        if value and Paper.objects.filter(**{name: value}).exists():
            setattr(new, name, None)
    new.save()
    file_paper(new)
    return new
