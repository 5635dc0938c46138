"""Visits sources over the network: one runner per source, page by page, to be continued where it stopped."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Q

from digest.papers.closing import close_visit
from digest.papers.fetch import Fetcher, Validators
from digest.papers.ingest import take_items
from digest.papers.models import ImportRun, Source
from digest.papers.sources.base import BusyError, Item, Outline, Page, Query, SourceError, Visit
from digest.papers.sources.oai import ExpiredTokenError
from digest.papers.sources.registry import FORMATS
from digest.papers.storing import Desk

logger = logging.getLogger(__name__)

# A runner that died is waited for so long; each page renews it.
_LEASE = timedelta(minutes=15)
# A run that is put off again and again is given up.
_LONGEST_RUN = timedelta(hours=12)
_MOST_PAGES = 2_000
_KEPT_VALIDATORS = 20
_DAY = timedelta(days=1)

Watch = Callable[[Iterator[Item]], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Journey:
    """How far a run is: written down after each page, so that it can be continued."""

    run: int
    since: str
    until: str
    cursor: str = ""
    # Records of whole pages, and how many there are by the source's own count.
    position: int = 0
    total: int | None = None
    pages: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a page held when it came the last time, and how to ask whether it changed."""

    validators: Validators
    received: int
    outline: Outline


def _read_kept(row: list[Any] | None) -> _Kept | None:
    # A row of two is of an older version, which did not note what the page held: it is asked for as a whole.
    if row is None or len(row) != len(("etag", "last_modified", "received", "total", "token")):
        return None
    etag, last_modified, received, total, token = row
    return _Kept(Validators(etag, last_modified), received, Outline(total=total, token=token))


def find_due(*, now: datetime) -> list[int]:
    """The ids of the sources that are to be visited now."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Source.objects.filter(free, is_active=True, next_visit_at__lte=now)
    return list(due.order_by("next_visit_at", "id").values_list("id", flat=True))


def visit_source(
    source_id: int, *, fetcher: Fetcher, seconds: float = float("inf"), watch: Watch = iter
) -> ImportRun | None:
    """Visit a source, or continue the visit that was begun; None where somebody else is at it.

    After `seconds` it stops between two pages; the run says RUNNING then, and the source is due at once.
    Running twice is harmless. Everything that goes wrong ends in the run's verdict.
    """
    source = _claim(source_id, now=fetcher.clock())
    if source is None:
        return None
    visit = FORMATS[source.kind].visit if source.kind in FORMATS else None
    if visit is None:
        Source.objects.filter(pk=source.pk, claim=source.claim).update(claim="", lease_until=None, next_visit_at=None)
        return None
    return _Runner(source, visit, fetcher, watch).run(seconds=seconds)


def ask_for(source: Source, visit: Visit, *, now: datetime) -> Query:
    """What a visit that sets out now asks for: from some days before what is complete."""
    until = now.date() - _DAY if visit.closed_days else now.date()
    since = (source.seen_until or until) - timedelta(days=source.days_back)
    return Query(source.query, min(since, until), until)


def _claim(source_id: int, *, now: datetime) -> Source | None:
    free = Source.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=source_id)
    if not free.update(claim=(token := secrets.token_hex(16)), lease_until=now + _LEASE):
        return None
    return Source.objects.filter(pk=source_id, claim=token).first()


class _Runner:
    """One visit by one process."""

    def __init__(self, source: Source, visit: Visit, fetcher: Fetcher, watch: Watch) -> None:
        self._source = source
        self._visit = visit
        self._fetcher = fetcher
        self._watch = watch
        self._is_cut = False
        self._run, self._journey = self._set_out()

    def run(self, *, seconds: float) -> ImportRun:
        """Go on until the end, until the time is over, or until somebody else holds the claim."""
        ends = time.monotonic() + seconds
        try:
            while (cursor := self._read_page()) is not None:
                self._journey = replace(self._journey, cursor=cursor)
                if not self._note():
                    return self._run
                if time.monotonic() > ends:
                    self._rest(self._fetcher.clock())
                    return self._run
            self._close("")
        except BusyError as error:
            self._put_off(error)
        except SourceError as error:
            self._close(str(error))
        except BaseException as error:
            # With the database gone the verdict cannot be written either; the first error is the one to tell.
            with suppress(DatabaseError):
                self._close(f"{type(error).__name__}: {error}")
            raise
        return self._run

    def _set_out(self) -> tuple[ImportRun, Journey]:
        if self._source.journey:
            journey = Journey(**self._source.journey)
            run = ImportRun.objects.filter(pk=journey.run, verdict=ImportRun.Verdict.RUNNING).first()
            if run is not None:
                # A page that was begun is read again from its start.
                run.received = journey.position
                return run, journey
        now = self._fetcher.clock()
        asked = ask_for(self._source, self._visit, now=now)
        origin = self._source.query or FORMATS[self._source.kind].default_source
        run = ImportRun.objects.create(source=self._source, origin=origin[:300], started_at=now)
        return run, Journey(run.pk, str(asked.since), str(asked.until))

    def _read_page(self) -> str | None:
        """Read one page in; the cursor of the next one, or None at the end."""
        journey = self._journey
        query = Query(self._source.query, date.fromisoformat(journey.since), date.fromisoformat(journey.until))
        if wrong := self._visit.check(query.text):
            raise SourceError(wrong)
        try:
            page = self._take(self._visit.address(query, journey.cursor))
        except ExpiredTokenError:
            if journey.restarts:
                raise
            self._journey = replace(journey, position=0, restarts=1)
            self._run.received = 0
            return ""
        following = self._visit.follow(query, journey.cursor, page)
        self._journey = replace(
            journey,
            position=page.position,
            total=journey.total if page.outline.total is None else page.outline.total,
            pages=journey.pages + 1,
        )
        is_cut = page.position >= self._source.most_records or self._journey.pages >= _MOST_PAGES
        if not following or following == journey.cursor or is_cut:
            self._is_cut = bool(following) and is_cut
            return None
        return following

    def _take(self, address: str) -> Page:
        read = FORMATS[self._source.kind].read
        kept = _read_kept(self._source.validators.get(address))
        before, rejected = self._run.received, self._run.rejected
        with self._fetcher.open(
            address,
            hosts=self._visit.hosts,
            headers=self._visit.headers(),
            validators=kept.validators if kept else None,
        ) as answer:
            if answer.is_unchanged and kept is not None:
                return self._pass_over(kept)
            outline = take_items(self._run, self._watch(read(answer.stream)), self._desk())
        received = self._run.received - before
        # What was rejected is to be told again the next time.
        self._keep(address, _Kept(answer.validators, received, outline) if self._run.rejected == rejected else None)
        return Page(received, self._journey.position + received, outline)

    def _pass_over(self, kept: _Kept) -> Page:
        """A page that did not change counts as what it held, so that the pages after it are asked for as before."""
        self._run.received += kept.received
        self._run.unchanged += kept.received
        self._run.save(update_fields=["received", "unchanged"])
        return Page(kept.received, self._journey.position + kept.received, kept.outline)

    def _desk(self) -> Desk:
        source, started = self._source, self._run.started_at
        return Desk(source=source, listed_on=started.date(), now=started, pending=source.wants_review, is_visit=True)

    def _keep(self, address: str, page: _Kept | None) -> None:
        others = {known: row for known, row in self._source.validators.items() if known != address}
        if page is not None and page.validators != Validators():
            others[address] = [*astuple(page.validators), page.received, page.outline.total, page.outline.token]
        self._source.validators = dict(list(others.items())[-_KEPT_VALIDATORS:])

    def _note(self) -> bool:
        """Write down how far the run is, and hold on to the claim; False where it is somebody else's by now."""
        held = Source.objects.filter(pk=self._source.pk, claim=self._source.claim)
        return bool(
            held.update(
                journey=asdict(self._journey),
                validators=self._source.validators,
                lease_until=self._fetcher.clock() + _LEASE,
            )
        )

    def _rest(self, until: datetime) -> None:
        held = Source.objects.filter(pk=self._source.pk, claim=self._source.claim)
        held.update(journey=asdict(self._journey), claim="", lease_until=None, next_visit_at=until)

    def _put_off(self, error: BusyError) -> None:
        now = self._fetcher.clock()
        if now - self._run.started_at > _LONGEST_RUN:
            self._close(str(error))
        else:
            logger.info("Source %s is put off: %s", self._source.pk, error)
            self._rest(now + timedelta(seconds=error.seconds))

    def _close(self, error: str) -> None:
        journey = self._journey
        self._run.error, self._run.expected = error, journey.total
        close_visit(
            self._run,
            source=self._source,
            visit=self._visit,
            until=date.fromisoformat(journey.until),
            is_cut=self._is_cut,
            now=self._fetcher.clock(),
        )
