"""Counts by day: stores what sources tell of votes, comments, stars and citations, and how fast they grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from digest.papers.models import Paper, Signal
from digest.papers.rows import insert_rows
from digest.papers.sources.base import Record

# A count at the end of a day.
Point = tuple[date, int]


def store_signals(told: Iterable[tuple[Record, Paper, date]]) -> None:
    """Store the counts that records tell of their days; of several for one day the greatest, so any order will do."""
    found: dict[tuple[int, date], dict[str, int]] = defaultdict(dict)
    for record, paper, day in told:
        counts = {name: value for name in Signal.COUNTS if (value := getattr(record, name)) is not None}
        if counts:
            _raise_to(found[paper.pk, day], counts)
    if not found:
        return
    known = Signal.objects.filter(paper__in={paper for paper, _ in found}, day__in={day for _, day in found})
    for paper, day, *values in known.values_list("paper_id", "day", *Signal.COUNTS):
        if (paper, day) in found:
            there = {name: value for name, value in zip(Signal.COUNTS, values, strict=True) if value is not None}
            _raise_to(found[paper, day], there)
    rows = ((paper, day, *map(counts.get, Signal.COUNTS)) for (paper, day), counts in found.items())
    insert_rows(Signal, ("paper", "day", *Signal.COUNTS), rows, unique=("paper", "day"), update=Signal.COUNTS)


def _raise_to(counts: dict[str, int], others: dict[str, int]) -> None:
    for name, value in others.items():
        counts[name] = max(value, counts.get(name, 0))


def load_series(papers: Collection[int], *, count: str = "votes", since: date | None = None) -> dict[int, list[Point]]:
    """The days and values of a count by paper id, oldest first, with one query; papers without any are left out."""
    rows = Signal.objects.filter(paper__in=papers, **{f"{count}__isnull": False}).order_by("paper_id", "day")
    if since is not None:
        rows = rows.filter(day__gte=since)
    series: dict[int, list[Point]] = defaultdict(list)
    for paper, day, value in rows.values_list("paper_id", "day", count):
        series[paper].append((day, value))
    return dict(series)


def velocity_of(series: Sequence[Point], *, today: date, days: int = 7) -> float | None:
    """How much a count grew a day over the last `days` days; None where fewer than two days of it are known.

    Growth is counted from the last value before that span, or the first one in it. A count that
    was taken back counts as no growth.
    """
    past = [point for point in series if point[0] <= today]
    before = [point for point in past if point[0] <= today - timedelta(days=days)]
    within = past[len(before) :]
    start = before[-1] if before else within[0] if within else None
    if start is None or past[-1][0] == start[0]:
        return None
    # A value of long ago would spread the growth over days that had none of it.
    span = (past[-1][0] - max(start[0], today - timedelta(days=days))).days or 1
    return max(0, past[-1][1] - start[1]) / span


def load_velocities(papers: Collection[int], *, today: date, days: int = 7, count: str = "votes") -> dict[int, float]:
    """The growth a day of each paper's count, by paper id, where it is known; one query for all."""
    series = load_series(papers, count=count, since=today - timedelta(days=4 * days))
    found = {paper: velocity_of(points, today=today, days=days) for paper, points in series.items()}
    return {paper: speed for paper, speed in found.items() if speed is not None}
