"""Says what a record changes on the paper it is about. Changes the object in memory; saves nothing.

The rule: records of different days give the same paper in whatever order they come, so that a
list read late, or twice, spoils nothing. What a record does not tell never erases what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from digest.papers.identifiers import fold_title
from digest.papers.models import Paper
from digest.papers.sources.base import Record

# The newest record that knows the field wins.
NEWEST_FIELDS = (
    "title", "abstract", "authors", "categories", "keywords", "summary", "organisation", "submitter", "venue",
    "licence", "url", "code_url", "project_url", "discussion_url", "thumbnail_url", "artifacts", "versions",
)  # fmt: skip
# Counts only grow here: two daily lists tell them of different days, and the higher one is the later
# one but for votes taken back, which are few. So a list read late cannot turn them down.
GREATEST_FIELDS = ("comments", "stars", "citations", "version", "updated_on", "author_takes_part")
# The same, but for our own readers' votes, which are in the number and which no source knows.
SUM_FIELD = "votes"
EARLIEST_FIELDS = ("published_on", "listed_on", "withdrawn_at")
# Names are filled in and then stay: another name is another paper.
NAME_FIELDS = ("arxiv_id", "doi")
FILING_FIELDS = frozenset({"title", "abstract", "categories", "keywords"})
DERIVED_FIELDS = ("title_key",)
MERGED_FIELDS = (
    *NEWEST_FIELDS,
    *GREATEST_FIELDS,
    SUM_FIELD,
    *EARLIEST_FIELDS,
    *NAME_FIELDS,
    *DERIVED_FIELDS,
    "told_on",
)

# In `told_on`: the date for every field that has none of its own, and the one no record is later than.
_OTHERS = "*"
_BY_HAND = "9999-12-31"
_ID_MONTH = re.compile(r"([0-9]{2})(0[1-9]|1[0-2])\.")


def merge_record(paper: Paper, record: Record, *, day: date) -> set[str]:
    """Merge a record into a paper and return the names of the fields that changed; `told_on` is one of them.

    `day` stands in where the record does not say when it was listed.
    """
    changed = _take_newest(paper, record, told=(record.listed_on or day).isoformat())
    changed |= {name for name in GREATEST_FIELDS if _take_outermost(paper, name, getattr(record, name), sign=1)}
    changed |= _take_votes(paper, record.votes)
    told = {"published_on": record.published_on, "withdrawn_at": record.withdrawn_at}
    told["listed_on"] = listing_day(record, day=day)
    changed |= {name for name, value in told.items() if _take_outermost(paper, name, value, sign=-1)}
    changed |= {name for name in NAME_FIELDS if _fill(paper, name, getattr(record, name))}
    _derive(paper, changed)
    return changed


def listing_day(record: Record, *, day: date) -> date:
    """The day a record lists its paper: its own, or `day`; for a later version the day of the first one.

    Where that is not told, the month in an arXiv id is.
    """
    listed = record.listed_on or day
    if not record.is_revision:
        return listed
    first = record.published_on
    if first is None and (month := _ID_MONTH.match(record.arxiv_id)):
        first = date(2000 + int(month[1]), int(month[2]), 1)
    return min(first or listed, listed)


def keep_by_hand(paper: Paper, *, fields: Iterable[str]) -> None:
    """Mark fields as written by a curator: no import replaces them from now on. Call before saving."""
    paper.told_on = {**paper.told_on, **{name: _BY_HAND for name in fields if name in NEWEST_FIELDS}}


def is_by_hand(paper: Paper, name: str) -> bool:
    """Whether a curator wrote this field."""
    return bool(paper.told_on.get(name) == _BY_HAND)


def _take_newest(paper: Paper, record: Record, *, told: str) -> set[str]:
    changed: set[str] = set()
    dates = {_OTHERS: told, **paper.told_on}
    for name in NEWEST_FIELDS:
        value: Any = getattr(record, name)
        value = list(value) if isinstance(value, tuple) else value
        ours = getattr(paper, name)
        our_date = dates.get(name, dates[_OTHERS]) if ours or name in dates else ""
        if not value or told < our_date:
            continue
        if value != ours:
            setattr(paper, name, value)
            changed.add(name)
        if told != dates.get(name, dates[_OTHERS]):
            dates[name] = told
    if dates != paper.told_on:
        paper.told_on = dates
        changed.add("told_on")
    return changed


def _take_outermost(paper: Paper, name: str, value: Any, *, sign: int) -> bool:
    """Take the value where it is the first known one, or further out: greater by `sign` 1, earlier by -1."""
    ours = getattr(paper, name)
    if value is None or (ours is not None and not (value > ours if sign > 0 else value < ours)):
        return False
    setattr(paper, name, value)
    return True


def _take_votes(paper: Paper, told: int | None) -> set[str]:
    """Let the source's part of the votes grow; our readers' part stays on top of it."""
    total = (told or 0) + paper.reader_votes
    if total <= paper.votes:
        return set()
    paper.votes = total
    return {SUM_FIELD}


def _fill(paper: Paper, name: str, value: str) -> bool:
    if not value or getattr(paper, name):
        return False
    setattr(paper, name, value)
    return True


def _derive(paper: Paper, changed: set[str]) -> None:
    if "title" in changed:
        paper.title_key = fold_title(paper.title)
    if not paper.url and (paper.arxiv_id or paper.doi):
        paper.url = f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else f"https://doi.org/{paper.doi}"
        # A made-up address gives way to any that a source tells.
        paper.told_on = {**paper.told_on, "url": ""}
        changed |= {"url", "told_on"}
