"""Finds the papers a reader brings along: ids, DOIs and titles, or BibTeX, RIS, CSV and reference managers' JSON."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import rispy
from bibtexparser.entrypoint import parse_string
from django.db.models import Q

from digest.papers.identifiers import fold_title, parse_arxiv_id, parse_doi
from digest.papers.models import Paper
from digest.papers.text import clean_line

LONGEST = 300_000
MOST_NAMES = 500
SHOWN = 120
TABLE_COLUMNS = ("arxiv_id", "doi", "url", "title")
CELLS = re.compile(r'[,;\t]|"\s*,\s*"')
# It would write every slip in a stranger's file into our log.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing a reader named, as they may recognise it, and every name it may be known by."""

    shown: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a reader named, and the paper here, where there is one."""

    shown: str
    paper: Paper | None


def match_papers(text: str) -> list[Matched]:
    """Look every named paper up, in the order given, at most 500. Never raises, whatever the text holds."""
    named = list(_read(text[:LONGEST]))[:MOST_NAMES]
    by_name = _look_up([name for item in named for name in item.names])
    return [
        Matched(item.shown, next((by_name[key] for name in item.names for key in _keys(name) if key in by_name), None))
        for item in named
    ]


def _read(text: str) -> Iterator[Named]:
    start = text.lstrip("\ufeff \r\n\t")
    if start.startswith(("[", "{")):
        yield from _read_json(start)
    elif re.search(r"^\s*@\w+\s*\{", text, re.MULTILINE):
        for entry in parse_string(text).entries:
            fields = {field.key.lower(): str(field.value) for field in entry.fields}
            yield from _name(*(fields.get(key, "") for key in ("eprint", "doi", "url", "title")))
    elif re.search(r"^TY  - ", text, re.MULTILINE):
        yield from _read_ris(text)
    elif _has_column_names(start):
        yield from _read_table(start)
    else:
        for line in text.splitlines():
            yield from _name(line, *CELLS.split(line))


def _has_column_names(text: str) -> bool:
    """Whether the first line names columns, one of which we can use."""
    cells = [cell.strip('" ').lower() for cell in CELLS.split(text.partition("\n")[0].strip())]
    return len(cells) > 1 and not set(TABLE_COLUMNS).isdisjoint(cells)


def _read_table(text: str) -> Iterator[Named]:
    """Rows below a line of column names. Cells may hold commas and line breaks, as abstracts in exports do."""
    delimiter = max(",;\t", key=text.splitlines()[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    # A broken rest, or one enormous cell, names nothing.
    with suppress(csv.Error):
        columns = [name.strip().lower() for name in next(rows, [])]
        for row in rows:
            cells = dict(zip(columns, row, strict=False))
            yield from _name(*(cells.get(column, "") for column in TABLE_COLUMNS))


def _read_json(text: str) -> Iterator[Named]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = found.get("items", [found]) if isinstance(found, dict) else found
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            values = [item.get(key) for key in ("arxiv_id", "archiveID", "DOI", "doi", "URL", "url", "title")]
            yield from _name(*(value for value in values if isinstance(value, str)))


def _read_ris(text: str) -> Iterator[Named]:
    try:
        records = rispy.loads(text)
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return
    for record in records:
        values = [record.get(key) for key in ("doi", "title", "primary_title")] + list(record.get("urls", []))
        yield from _name(*(value for value in values if isinstance(value, str)))


def _name(*names: str) -> Iterator[Named]:
    cleaned = [clean_line(name).strip("{}\"' ") for name in names]
    known = tuple(dict.fromkeys(name for name in cleaned if name))
    if known:
        yield Named(max(known, key=len)[:SHOWN], known)


def _keys(name: str) -> Iterator[tuple[str, str]]:
    """What a name may be, the surest first."""
    if arxiv := parse_arxiv_id(name):
        yield "arxiv_id", arxiv.base
    if doi := parse_doi(name):
        yield "doi", doi
    yield "title_key", fold_title(name)


def _look_up(names: list[str]) -> dict[tuple[str, str], Paper]:
    keys = {key for name in names for key in _keys(name)}
    wanted = Q(pk__in=[])
    for field in ("arxiv_id", "doi", "title_key"):
        wanted |= Q(**{f"{field}__in": [value for name, value in keys if name == field]})
    found: dict[tuple[str, str], Paper] = {}
    for paper in Paper.objects.all().published().filter(wanted).order_by("id"):
        for field in ("arxiv_id", "doi", "title_key"):
            found.setdefault((field, getattr(paper, field) or ""), paper)
    return found
