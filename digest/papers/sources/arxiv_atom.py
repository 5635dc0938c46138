"""Asks and reads arXiv's query interface: Atom with arXiv's own fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlencode

from digest.papers.sources.arxiv_words import decode_texts, find_withdrawal
from digest.papers.sources.base import Calendar, Item, Outline, Page, Query, SourceError, Visit
from digest.papers.sources.fields import build_record, read_total
from digest.papers.sources.xml import children, iter_elements, local_name, text_of, texts_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SLICE = 500
# arXiv answers no slice that begins further on.
_FURTHEST = 30_000


def read_atom(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each entry, and what the feed says about the whole. Raises SourceError."""
    number, is_feed = 0, False
    for element in iter_elements(stream, "entry", "totalResults", "itemsPerPage"):
        is_feed = True
        if local_name(element) == "entry":
            number += 1
            yield _read_entry(element, number)
        elif local_name(element) == "totalResults":
            yield Outline(total=read_total(text_of(element)))
    if not is_feed:
        raise SourceError("The answer is not an arXiv feed: it holds no entries and no count of results.")


def _read_entry(entry: Element, number: int) -> Item:
    address = text_of(entry, "id")
    if "/api/errors" in address:
        raise SourceError(f"arXiv cannot answer the query: {text_of(entry, 'summary') or address}")
    links = {link.get("title") or link.get("rel"): link.get("href") for link in children(entry, "link")}
    version = re.search(r"v([0-9]+)$", address)
    raw = {
        "title": text_of(entry, "title"),
        "abstract": text_of(entry, "summary"),
        "authors": [text_of(author, "name") for author in children(entry, "author")],
        "arxiv_id": address,
        "doi": text_of(entry, "doi"),
        "published_on": text_of(entry, "published"),
        "updated_on": text_of(entry, "updated"),
        "categories": sort_categories(
            [category.get("term", "") for category in children(entry, "category")],
            first=next((one.get("term", "") for one in children(entry, "primary_category")), ""),
        ),
        "venue": " ".join(texts_of(entry, "journal_ref")),
        "url": re.sub(r"v[0-9]+$", "", links.get("alternate") or ""),
        "is_revision": version is not None and int(version[1]) > 1,
        "withdrawn_at": find_withdrawal(
            text_of(entry, "comment"), text_of(entry, "summary"), day=text_of(entry, "updated")
        ),
    }
    return build_record(decode_texts(raw), line=number)


def sort_categories(names: list[str], *, first: str) -> list[str]:
    """The categories with the one that the authors chose first."""
    return ([first] if first else []) + [name for name in names if name != first]


def _address(query: Query, cursor: str) -> str:
    days = f"submittedDate:[{query.since:%Y%m%d}0000 TO {query.until:%Y%m%d}2359]"
    asked = {
        "search_query": f"({query.text}) AND {days}",
        "start": cursor or "0",
        "max_results": str(_SLICE),
        # Oldest first: what is submitted meanwhile joins the end, so that no page shifts.
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    return f"https://export.arxiv.org/api/query?{urlencode(asked)}"


def _follow(_query: Query, _cursor: str, page: Page) -> str:
    more = page.received and page.position < min(page.outline.total or 0, _FURTHEST)
    return str(page.position) if more else ""


def _check(text: str) -> str:
    return "" if text.strip() else "Say what to search for, like cat:cs.RO AND abs:gripper."


ASK_ATOM = Visit(
    hosts=frozenset({"export.arxiv.org"}), address=_address, follow=_follow, check=_check, calendar=Calendar.ARXIV
)
