"""What digests may carry: the papers of a window with the approved edition's picks, loaded once per batch."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from digest.compiled import Row, compiled
from digest.composing.grounds import load_liking, stock_field
from digest.composing.models import Edition, Pick
from digest.composing.setwise import Among
from digest.papers.models import Paper
from digest.papers.vectors import text_of
from digest.ranking.field import Field
from digest.ranking.shapes import Candidate

logger = logging.getLogger(__name__)

# So many of a window's best trending papers are considered; it bounds memory, not taste.
MOST_CANDIDATES = 5_000
# Names come as text: they are taken apart where a row has changed.
_AUTHORS = Cast("authors", TextField())
_COLUMNS = ("id", "title", "abstract", _AUTHORS, "trend", "votes", "organisation", "listed_on", "late_on")


# A candidate after the days it counts for: its listing day, and the day it came in where that was later.
Dated = tuple[tuple[date, date | None], Candidate]


class Read(NamedTuple):
    """Papers' columns, and the pairs of paper and topic."""

    rows: list[Row]
    filed: list[Row]


class Window(NamedTuple):
    """The listing days, both included, and the period whose edition counts."""

    first_day: date
    last_day: date
    period: str


def load_fields(
    windows: Iterable[Window], *, liked: Collection[int] = (), as_if_approved: bool = False
) -> dict[Window, Field]:
    """The candidates of each window, in a fixed number of queries for all.

    `liked` are the papers that any reader of the batch liked or disliked. `as_if_approved` takes drafts for
    approved, as a look ahead does.
    """
    wanted = set(windows)
    if not wanted:
        return {}
    picks, left_out = _picks({window.period for window in wanted}, as_if_approved=as_if_approved)
    papers = _load_papers(wanted, {paper for places in picks.values() for paper in places})
    texts = _load_texts(liked)
    return {
        window: _stock(window, _without(papers, left_out[window.period]), picks.get(window.period, {}), texts)
        for window in wanted
    }


def _load_texts(liked: Collection[int]) -> dict[int, str]:
    if not liked:
        return {}
    rows = Paper.objects.filter(pk__in=liked).order_by("pk").values_list("pk", "title", "abstract")
    return {pk: text_of(title, abstract) for pk, title, abstract in rows}


def counting_states(*, as_if_approved: bool) -> tuple[str, ...]:
    """The states in which an edition's picks and caps count."""
    return (Edition.State.APPROVED, Edition.State.DRAFT) if as_if_approved else (Edition.State.APPROVED,)


def counting_editions(periods: Collection[str], states: Collection[str]) -> QuerySet[Edition]:
    """The editions of these periods whose picks and caps count."""
    return Edition.objects.filter(Among("period", periods), state__in=states)


def _picks(periods: set[str], *, as_if_approved: bool) -> tuple[dict[str, dict[int, int]], dict[str, set[int]]]:
    """By period: the place of each paper of the approved edition, and the papers that it leaves out."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    left_out: dict[str, set[int]] = defaultdict(set)
    for period, paper, section in _ask_picks(counting_states(as_if_approved=as_if_approved), periods=periods):
        if section == Pick.Section.LEFT_OUT:
            left_out[period].add(paper)
        else:
            found[period][paper] = len(found[period])
    return found, left_out


@compiled
def _ask_picks(states: Collection[str], *, periods: Collection[str]) -> QuerySet[Pick, Row]:
    picks = Pick.objects.filter(edition__in=counting_editions(periods, states))
    return picks.order_by("-section", "position", "id").values_list("edition__period", "paper_id", "section")


def _without(papers: list[Dated], left_out: set[int]) -> list[Dated]:
    return [row for row in papers if row[1].id not in left_out] if left_out else papers


def _load_papers(windows: set[Window], picked: set[int]) -> list[Dated]:
    first, last = min(w.first_day for w in windows), max(w.last_day for w in windows)
    fresh, chosen = _ask_fresh(first=first, last=last), _ask_chosen(papers=picked) if picked else []
    rows = {row[0]: row for row in (*fresh, *chosen)}
    return _dated.make_of(Read(list(rows.values()), _ask_filed(papers=rows)))


@compiled
def _ask_fresh(*, first: date, last: date) -> QuerySet[Paper, Row]:
    fresh = Paper.objects.sendable().fresh_between(first, last)
    return fresh.trending().values_list(*_COLUMNS)[:MOST_CANDIDATES]


@compiled
def _ask_chosen(*, papers: Collection[int]) -> QuerySet[Paper, Row]:
    return Paper.objects.sendable().filter(Among("id", papers)).values_list(*_COLUMNS)


@compiled
def _ask_filed(*, papers: Collection[int]) -> QuerySet[Any, Row]:
    filed = Paper.topics.through.objects.filter(Among("paper_id", papers)).order_by("id")
    return filed.values_list("paper_id", "topic_id")


def _make_dated(read: Read) -> list[Dated]:
    topics: dict[int, set[int]] = {}
    for paper, topic in read.filed:
        topics.setdefault(paper, set()).add(topic)
    return [
        (
            (listed, late),
            Candidate(
                *(pk, title, abstract, tuple(authors), frozenset(topics.get(pk, ())), trend, votes),
                organisation=organisation,
            ),
        )
        for pk, title, abstract, text, trend, votes, organisation, listed, late in read.rows
        if _is_readable(pk, authors := json.loads(text))
    ]


class Latest:
    """What was made of the rows read last: range after range of an edition reads the same."""

    def __init__(self) -> None:
        self._held: tuple[Read, list[Dated]] = Read([], []), []

    def make_of(self, read: Read) -> list[Dated]:
        """The candidates of these rows."""
        known, made = self._held
        if known != read:
            made = _make_dated(read)
            self._held = read, made
        return made


_dated = Latest()


def _is_readable(paper: int, authors: object) -> bool:
    """A row that something else than our forms and importers wrote must not stop a whole range."""
    if isinstance(authors, list):
        return True
    logger.error("Paper %s has unreadable authors and is left out of digests.", paper)
    return False


def _stock(window: Window, papers: list[Dated], places: dict[int, int], liked: dict[int, str]) -> Field:
    candidates = [
        replace(candidate, pick=places[candidate.id]) if candidate.id in places else candidate
        for days, candidate in papers
        if candidate.id in places or any(day and window.first_day <= day <= window.last_day for day in days)
    ]
    field = stock_field(candidates)
    return field.with_liking(load_liking(candidates, liked, before=window.last_day))
