"""Reads RIS files record by record, UTF-8 or Latin-1: a bad one is reported with its line, the others go on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import rispy

from digest.papers.identifiers import parse_arxiv_id
from digest.papers.sources.base import Item, SourceError
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.moments import first_day
from digest.papers.sources.names import given_first
from digest.papers.sources.opening import open_bytes

_TYPE = re.compile(r"\ufeff?TY  -(?: |$)")
# The end tag with its spaces and hyphen: a line that only begins with its letters is text.
_END = re.compile(r"ER  -\s*")
_TAG = re.compile(r"[A-Z][A-Z0-9]  -(?: |$)")
LONGEST_RECORD = 5_000
LONGEST_LINE = 1_000_000


def read_ris(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each reference, numbered by its line. Raises SourceError where there is none."""
    found = False
    for number, lines in _split_records(_read_lines(stream)):
        found = True
        yield _read_record(lines, number)
    if not found:
        raise SourceError("The file is not RIS: no line begins with “TY  - ”.")


def _read_lines(stream: BinaryIO) -> Iterator[str]:
    data = open_bytes(stream)
    while line := data.readline(LONGEST_LINE):
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            # What is not UTF-8 here is Latin-1, line by line: files are joined from several.
            yield line.decode("latin-1").rstrip("\r\n")


def _split_records(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    record: list[str] = []
    begins = 0
    for number, line in enumerate(lines, start=1):
        if _TYPE.match(line):
            if record:
                yield begins, record
            record, begins = [line.lstrip("\ufeff")], number
        elif record and _END.fullmatch(line):
            yield begins, record
            record = []
        elif record and len(record) < LONGEST_RECORD:
            record.append(line)
    if record:
        yield begins, record


def _read_record(lines: list[str], number: int) -> Item:
    joined = _join_continuations(lines)
    text = "\n".join([*joined, "ER  - "])
    try:
        found = rispy.loads(text)
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        return reject(line=number, reason=f"Cannot be read ({error}).", excerpt=" ".join(lines[:2]))
    if len(found) != 1:
        return reject(line=number, reason="Cannot be read as one reference.", excerpt=" ".join(lines[:2]))
    return build_record(_read_fields(found[0], joined), line=number)


def _join_continuations(lines: list[str]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if _TAG.match(line) or not joined:
            joined.append(line)
        elif line.strip():
            joined[-1] = f"{joined[-1].rstrip()} {line.strip()}"
    return joined


def _read_fields(found: Mapping[str, object], lines: list[str]) -> dict[str, object]:
    def first(*names: str) -> str:
        values = (found.get(name) for name in names)
        return next((str(one[0] if isinstance(one, list) else one) for one in values if one), "")

    authors = found.get("authors") or found.get("first_authors") or []
    links = [line[6:].strip() for line in lines if line[:2] in {"UR", "L1"}]
    arxiv = next((line[6:].strip() for line in lines if _names_arxiv(line)), "")
    return {
        "title": first("title", "primary_title"),
        "abstract": first("abstract", "notes_abstract"),
        "authors": [_read_author(str(name)) for name in authors] if isinstance(authors, list) else [],
        "arxiv_id": arxiv,
        "doi": first("doi"),
        "published_on": first_day(first("date", "year", "publication_year")),
        "keywords": found.get("keywords"),
        "venue": first("secondary_title", "journal_name", "alternate_title3", "alternate_title1"),
        "url": next((link for link in links if link.startswith("http")), ""),
    }


def _read_author(name: str) -> str:
    """A name as it is spoken; a suffix comes last here, as in "Family, Given, Jr"."""
    family, _, rest = name.partition(",")
    given, _, suffix = rest.partition(",")
    return given_first(f"{family}, {suffix}, {given}" if suffix.strip() else name)


def _names_arxiv(line: str) -> bool:
    tag, value = line[:2], line[6:].strip()
    if tag not in {"UR", "AN", "M1", "ID"}:
        return False
    return ("arxiv" in value.lower() or tag != "UR") and parse_arxiv_id(value) is not None
