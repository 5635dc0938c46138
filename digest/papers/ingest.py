"""The front door for papers: takes records from any source in and says what came of them, in an ImportRun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import DatabaseError, DataError, IntegrityError, transaction

from digest.papers.models import ImportRun, Source
from digest.papers.sources.base import Item, Outline, Record, Rejection, SourceError, Withdrawal
from digest.papers.sources.fields import reject
from digest.papers.storing import Desk, Tally, mark_withdrawn, store_records
from digest.papers.verdicts import Facts, judge

BATCH_SIZE = 500
# A run's row keeps this many rejections; it counts them all.
KEPT_REJECTIONS = 100
_ORIGIN_LENGTH = 300
_NEWEST_LENGTH = 200
# A list may be dated by a zone that is ahead; what lies further off is a slip.
_TOMORROW = timedelta(days=1)


def import_records(
    *,
    source: Source,
    origin: str,
    records: Iterable[Item],
    listed_on: date,
    now: datetime,
    pending: bool = False,
    late_counts: bool = True,
) -> ImportRun:
    """Take records in, in batches, each whole or not at all; the returned run holds counts, verdict and error.

    Taking the same records in again changes nothing. `listed_on` is the day for records without one;
    `late_counts` lets digests of today carry what was listed in the last two weeks.
    A SourceError ends the run as broken, with what was stored before it kept. Other errors do
    the same and are raised.
    """
    run = ImportRun.objects.create(source=source, origin=origin[:_ORIGIN_LENGTH], started_at=now)
    desk = Desk(source=source, listed_on=listed_on, now=now, pending=pending, late_counts=late_counts)
    try:
        take_items(run, records, desk)
    except SourceError as error:
        run.error = str(error)
    except BaseException as error:
        run.error = f"{type(error).__name__}: {error}"
        # With the database gone the verdict cannot be written either; the first error is the one to tell.
        with suppress(DatabaseError):
            _close_run(run, now=now)
        raise
    _close_run(run, now=now)
    return run


def take_items(run: ImportRun, items: Iterable[Item], desk: Desk) -> Outline:
    """Take the items of one input or answer in and count them on the run; return what they say about the whole.

    A batch and its counts are stored together or not at all. Raises SourceError where the input
    breaks off, with what came before it kept.
    """
    outline = Outline()
    for batch in _split_batches(items):
        with transaction.atomic():
            _take_batch(run, batch, desk)
            run.save()
        for told in (item for item in batch if isinstance(item, Outline)):
            outline = Outline(
                total=outline.total if told.total is None else told.total,
                token=told.token or outline.token,
                built_on=told.built_on or outline.built_on,
            )
    return outline


def _split_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Batches of up to 500. Where the source breaks off, what came before it is given out first."""
    stream = iter(items)
    broken: list[SourceError] = []

    def guarded() -> Iterator[Item]:
        try:
            yield from stream
        except SourceError as error:
            broken.append(error)

    sound = guarded()
    while batch := list(islice(sound, BATCH_SIZE)):
        yield batch
    if broken:
        raise broken[0]


def _take_batch(run: ImportRun, batch: Sequence[Item], desk: Desk) -> None:
    records = [item for item in batch if isinstance(item, Record)]
    rejections = [item for item in batch if isinstance(item, Rejection)]
    gone = [item for item in batch if isinstance(item, Withdrawal)]
    try:
        tally = store_records(records, desk)
    except (IntegrityError, DataError):
        # One record that the database refuses, or that somebody else stored in this moment,
        # must not cost the other 499.
        tally = Tally()
        for record in records:
            tally += _store_alone(record, desk, rejections)
    run.new += tally.new
    run.changed += tally.changed + mark_withdrawn(gone, now=desk.now)
    run.unchanged += tally.unchanged
    run.rejected += len(rejections)
    run.received += len(records) + len(rejections) + len(gone)
    _note_newest(run, records, desk)
    room = KEPT_REJECTIONS - len(run.rejections)
    ordered = sorted(rejections, key=lambda rejection: rejection.line)
    run.rejections = [*run.rejections, *(asdict(rejection) for rejection in ordered[:room])]


def _note_newest(run: ImportRun, records: Sequence[Record], desk: Desk) -> None:
    for record in records:
        day = record.listed_on or (None if desk.is_visit else desk.listed_on)
        if day is not None and day <= desk.now.date() + _TOMORROW and (run.newest_on is None or day > run.newest_on):
            run.newest_on = day
            run.newest_id = (record.arxiv_id or record.doi or record.title)[:_NEWEST_LENGTH]


def _store_alone(record: Record, desk: Desk, rejections: list[Rejection]) -> Tally:
    # Twice: what another import stored in between is found the second time.
    for attempt in range(2):
        try:
            return store_records([record], desk)
        except (IntegrityError, DataError) as error:
            if attempt:
                reason = f"The database refused it: {str(error).splitlines()[0]}"
                rejections.append(reject(line=record.line, reason=reason, excerpt=record.title))
    return Tally()


def _close_run(run: ImportRun, *, now: datetime) -> None:
    if not run.error and run.rejected and not _count_usable(run):
        run.error = f"None of its {run.rejected} records could be used."
    facts = Facts(error=run.error, received=run.received, rejected=run.rejected, new=run.new)
    run.verdict, run.reason = judge(facts)
    run.finished_at = now
    run.save()


def _count_usable(run: ImportRun) -> int:
    return run.new + run.changed + run.unchanged
