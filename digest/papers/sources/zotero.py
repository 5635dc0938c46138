"""Reads what Zotero exports: its own JSON (by its interface or Better BibTeX), CSL JSON, and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from digest.papers.sources.base import Item, SourceError
from digest.papers.sources.csl import read_csl
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.json_page import listed, pick, strip_markup, worded
from digest.papers.sources.moments import first_day
from digest.papers.sources.names import given_first
from digest.papers.sources.opening import parse_json, read_text

_NO_PAPERS = {"attachment", "note", "annotation"}
_ARXIV = re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE)
_PUBMED = re.compile(r"pmid:\s*(\d+)", re.IGNORECASE)
# Their names in the table, beside what the JSON calls them.
_COLUMNS = {
    "Title": "title",
    "Abstract Note": "abstractNote",
    "DOI": "DOI",
    "Date": "date",
    "Publication Title": "publicationTitle",
    "Url": "url",
    "Extra": "extra",
    "Item Type": "itemType",
}


def read_zotero(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each item; notes and attachments are passed over. Raises SourceError."""
    text = read_text(stream)
    start = text.lstrip()[:1]
    if start == "<":
        raise SourceError("Zotero's RDF is not read; export the items as CSL JSON, CSV, BibTeX or RIS.")
    items = _list_json(text) if start in {"[", "{"} else _list_rows(text)
    for number, item in enumerate(items, start=1):
        if not isinstance(item, Mapping):
            yield reject(line=number, reason="Is not an object with an item.", excerpt=str(item))
        elif isinstance(data := item.get("data", item), Mapping) and "itemType" in data:
            if worded(data, "itemType") not in _NO_PAPERS:
                yield build_record(_read_data(data), line=number)
        elif "type" in item:
            yield build_record(read_csl(item), line=number)
        else:
            yield reject(line=number, reason="Is of no type that Zotero has.", excerpt=str(item))


def _list_json(text: str) -> list[object]:
    try:
        found = parse_json(text)
    except ValueError as error:
        raise SourceError(f"The input is not JSON: {error}.") from None
    items = found if isinstance(found, list) else listed(found, "items")
    if not any(pick(item, "data", "itemType") or pick(item, "itemType") or pick(item, "type") for item in items):
        raise SourceError("The file is JSON, but not Zotero's: an array of items with a type is expected.")
    return items


def _list_rows(text: str) -> Iterator[object]:
    """Each row of a table as the item it was made from."""
    rows = csv.DictReader(io.StringIO(text))
    try:
        if not {"Title", "Item Type"} <= set(rows.fieldnames or ()):
            raise SourceError("The file is neither Zotero's JSON nor its table, which has columns Title and Item Type.")
        for row in rows:
            item: dict[str, object] = {name: row.get(column) or "" for column, name in _COLUMNS.items()}
            tags = ";".join(filter(None, (row.get("Manual Tags"), row.get("Automatic Tags"))))
            item["tags"] = [{"tag": tag} for tag in tags.split(";")]
            item["creators"] = [{"name": given_first(name)} for name in (row.get("Author") or "").split(";")]
            yield item
    except csv.Error as error:
        raise SourceError(f"Line {rows.line_num} is not a table row ({error}).") from None


def _read_data(data: Mapping[str, object]) -> dict[str, object]:
    arxiv = _ARXIV.search(f"{worded(data, 'archiveID')} {worded(data, 'extra')}")
    pubmed = _PUBMED.search(worded(data, "extra"))
    return {
        "title": strip_markup(worded(data, "title")),
        "abstract": worded(data, "abstractNote"),
        "authors": [_read_name(one) for one in listed(data, "creators") if _is_author(one)],
        "arxiv_id": arxiv[1] if arxiv else "",
        "doi": worded(data, "DOI"),
        "pmid": pubmed[1] if pubmed else "",
        "published_on": first_day(worded(data, "date")),
        "keywords": [worded(tag, "tag") for tag in listed(data, "tags")],
        "venue": worded(data, "publicationTitle") or worded(data, "proceedingsTitle"),
        "url": worded(data, "url"),
    }


def _is_author(creator: object) -> bool:
    return worded(creator, "creatorType") in {"", "author"}


def _read_name(creator: object) -> str:
    parts = [worded(creator, key) for key in ("firstName", "lastName")]
    return " ".join(filter(None, parts)) or worded(creator, "name")
