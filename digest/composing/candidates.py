"""What digests may carry: the papers of a window with the approved edition's picks, loaded once per batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from digest.composing.models import Edition, Pick
from digest.papers.models import Paper
from digest.ranking.field import Field
from digest.ranking.shapes import Candidate

# So many of a window's best trending papers are considered; it bounds memory, not taste.
MOST_CANDIDATES = 5_000


@dataclass(frozen=True, slots=True)
class Window:
    """The listing days, both included, and the period whose edition counts."""

    first_day: date
    last_day: date
    period: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The candidates of one window, ready to be ranked, and the edition they were chosen with."""

    field: Field
    edition_id: int | None


def load_shelves(windows: Iterable[Window]) -> dict[Window, Shelf]:
    """A shelf for each window, in a fixed number of queries for all."""
    wanted = set(windows)
    if not wanted:
        return {}
    picks = _approved_picks({window.period for window in wanted})
    papers = _load_papers(wanted, {paper for _, places in picks.values() for paper in places})
    return {window: _stock(window, papers, *picks.get(window.period, (None, {}))) for window in wanted}


def _approved_picks(periods: set[str]) -> dict[str, tuple[int, dict[int, int]]]:
    """By period: the approved edition, and the place of each of its papers."""
    editions = Edition.objects.filter(period__in=periods, state=Edition.State.APPROVED)
    found: dict[str, tuple[int, dict[int, int]]] = {e.period: (e.pk, {}) for e in editions}
    picks = Pick.objects.filter(edition__in=[e.pk for e in editions]).order_by("position", "id")
    for period, paper in picks.values_list("edition__period", "paper_id"):
        places = found[period][1]
        places[paper] = len(places)
    return found


def _load_papers(windows: set[Window], picked: set[int]) -> list[tuple[date, Candidate]]:
    first, last = min(w.first_day for w in windows), max(w.last_day for w in windows)
    listed = Paper.objects.sendable().listed_between(first, last).trending()[:MOST_CANDIDATES]
    chosen = Paper.objects.sendable().filter(pk__in=picked)
    fields = ("id", "title", "abstract", "authors", "trend", "votes", "listed_on")
    rows = {row[0]: row for query in (listed, chosen) for row in query.values_list(*fields)}
    topics: dict[int, set[int]] = {}
    filed = Paper.topics.through.objects.filter(paper__in=rows).values_list("paper_id", "topic_id")
    for paper, topic in filed:
        topics.setdefault(paper, set()).add(topic)
    return [
        (listed_on, Candidate(pk, title, abstract, tuple(authors), frozenset(topics.get(pk, ())), trend, votes))
        for pk, title, abstract, authors, trend, votes, listed_on in rows.values()
    ]


def _stock(
    window: Window, papers: list[tuple[date, Candidate]], edition_id: int | None, places: dict[int, int]
) -> Shelf:
    candidates = [
        _with_pick(candidate, places.get(candidate.id))
        for listed_on, candidate in papers
        if candidate.id in places or window.first_day <= listed_on <= window.last_day
    ]
    return Shelf(Field(candidates), edition_id)


def _with_pick(candidate: Candidate, pick: int | None) -> Candidate:
    if pick is None:
        return candidate

    return replace(candidate, pick=pick)
