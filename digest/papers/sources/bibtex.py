"""Reads BibTeX files, entry by entry: a bad one is reported with its line, the others go on."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.model import Entry

from digest.papers.sources.base import Item, SourceError
from digest.papers.sources.fields import build_record, read_total, reject
from digest.papers.sources.names import given_first
from digest.papers.sources.opening import read_text
from digest.papers.sources.tex import decode_tex

# It would write every slip in a stranger's file into our log; we report them ourselves.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_JOINED = re.compile(r'\s*#\s*(?=["{]|\w+\s*(?:#|$))')
_LONGEST = 8 * 1024 * 1024


def read_bibtex(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each entry, numbered by its line. Raises SourceError where there is none at all."""
    text = read_text(stream, limit=_LONGEST)
    if "@" not in text:
        raise SourceError("The file is not BibTeX: it holds no entry like @article{…}.")
    library = parse_string(text)
    macros = {name.lower(): str(string.value) for name, string in library.strings_dict.items()}
    entries = list(_sort_blocks(library))
    if not entries:
        raise SourceError("The file is not BibTeX: it holds no entry like @article{…}.")
    for line, entry in entries:
        if isinstance(entry, Entry):
            yield build_record(_read_entry(entry, macros), line=line)
        else:
            yield reject(line=line, reason="Cannot be read; look for a brace or quote not closed.", excerpt=entry)


def _sort_blocks(library: Library) -> list[tuple[int, Entry | str]]:
    entries: list[tuple[int, Entry | str]] = [(1 + (entry.start_line or 0), entry) for entry in library.entries]
    for block in library.failed_blocks:
        inner = getattr(block, "ignore_error_block", None)
        # Two entries of one key, or a field told twice, are still entries.
        found = inner if isinstance(inner, Entry) else (block.raw or "")
        entries.append((1 + (block.start_line or 0), found))
    return sorted(entries, key=lambda pair: pair[0])


def _read_entry(entry: Entry, macros: Mapping[str, str]) -> dict[str, object]:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), _resolve(str(field.value), macros))
    told = {name: decode_tex(value) for name, value in fields.items() if name not in {"url", "doi", "eprint"}}
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    eprint = fields.get("eprint", "").strip()
    is_arxiv = archive == "arxiv" or (not archive and re.match(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", eprint))
    return {
        "title": told.get("title"),
        "abstract": told.get("abstract"),
        "authors": [_read_author(name) for name in _split_names(fields.get("author", ""))],
        "arxiv_id": eprint if is_arxiv else "",
        "pmid": fields.get("pmid", ""),
        "doi": fields.get("doi", "").replace("\\_", "_"),
        "published_on": _read_day(told),
        "categories": told.get("primaryclass", ""),
        "keywords": re.split(r"[;,]", told.get("keywords", "")),
        "venue": told.get("journal") or told.get("journaltitle") or told.get("booktitle"),
        "url": fields.get("url", "").replace("\\_", "_").replace("\\%", "%"),
    }


def _resolve(value: str, macros: Mapping[str, str]) -> str:
    """A value whose parts are joined by `#`, with the macros among them replaced."""
    if '"' not in value[:1] and "#" not in value:
        return macros.get(value.lower(), value)
    parts = [part.strip() for part in _JOINED.split(value)]
    if len(parts) == 1:
        return value
    return "".join(part[1:-1] if part[:1] in '{"' else macros.get(part.lower(), part) for part in parts)


def _split_names(text: str) -> list[str]:
    """The names between "and"s that stand outside braces."""
    parts, depth, words = [[]], 0, text.split()  # type: ignore[var-annotated]  # lists of words
    for word in words:
        if word.lower() == "and" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
        depth += word.count("{") - word.count("}")
    return [" ".join(part) for part in parts if part and part != ["others"]]


def _read_author(name: str) -> str:
    if name.startswith("{") and name.endswith("}") and "\\" not in name:
        return decode_tex(name)
    return given_first(decode_tex(name))


def _read_day(told: Mapping[str, str]) -> str:
    """The first day of what is told: a date, a month of a year, or a year."""
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", told.get("date", "")):
        return told["date"]
    year = re.search(r"\d{4}", told.get("year") or told.get("date", ""))
    if year is None:
        return ""
    month = told.get("month") or told.get("date", "")[5:7]
    return f"{year[0]}-{_read_month(month):02}-01"


def _read_month(text: str) -> int:
    word = text.strip().lower()
    if word[:3] in _MONTHS:
        return 1 + _MONTHS.index(word[:3])
    return number if (number := read_total(word)) and number <= len(_MONTHS) else 1
