"""Reads exports of Zotero's items, in JSON as its interface answers them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from digest.papers.sources.base import Item, SourceError
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.json_page import listed, pick, read_document, strip_markup, worded
from digest.papers.sources.moments import first_day

_NO_PAPERS = {"attachment", "note", "annotation"}
_ARXIV = re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE)


def read_zotero(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each item; notes and attachments are passed over. Raises SourceError."""
    found = read_document(stream)
    items = found if isinstance(found, list) else listed(found, "items")
    if not items or not any(isinstance(pick(item, "data"), Mapping) for item in items):
        raise SourceError("The file is JSON, but not Zotero's: an array of items with “data” is expected.")
    for number, item in enumerate(items, start=1):
        data = pick(item, "data")
        if not isinstance(data, Mapping):
            yield reject(line=number, reason="Holds no “data”.", excerpt=str(item))
        elif worded(data, "itemType") not in _NO_PAPERS:
            yield build_record(_read_data(data), line=number)


def _read_data(data: Mapping[str, object]) -> dict[str, object]:
    arxiv = _ARXIV.search(f"{worded(data, 'archiveID')} {worded(data, 'extra')}")
    return {
        "title": strip_markup(worded(data, "title")),
        "abstract": worded(data, "abstractNote"),
        "authors": [_read_name(one) for one in listed(data, "creators") if _is_author(one)],
        "arxiv_id": arxiv[1] if arxiv else "",
        "doi": worded(data, "DOI"),
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
