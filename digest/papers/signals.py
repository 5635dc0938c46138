"""Counts by day: stores what sources tell of votes, comments, stars and citations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from digest.papers.models import Paper, Signal
from digest.papers.rows import insert_rows
from digest.papers.sources.base import Record


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
