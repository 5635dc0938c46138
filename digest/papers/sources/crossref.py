"""Asks and reads Crossref's list of registered works, in JSON: journals and preprints of every publisher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO
from urllib.parse import urlencode

from digest.papers.sources.base import Item, Outline, Page, Query, SourceError, Visit
from digest.papers.sources.fields import build_record, read_total, reject
from digest.papers.sources.json_page import listed, pick, read_document, strip_markup, worded
from digest.papers.sources.moments import day_of_parts

_SLICE = 200
_WITHDRAWALS = {"retraction", "withdrawal", "removal"}


def read_crossref(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each work, and what the answer says about the whole. Raises SourceError."""
    found = read_document(stream)
    message = pick(found, "message")
    works = listed(message, "items") or ([message] if worded(message, "DOI") else [])
    if not isinstance(message, Mapping) or (not works and "items" not in message):
        raise SourceError("The answer holds no works: a list under message and items is expected.")
    total = worded(message, "total-results")
    yield Outline(total=read_total(total), token=worded(message, "next-cursor"))
    for number, work in enumerate(works, start=1):
        if isinstance(work, Mapping):
            yield build_record(_read_work(work), line=number)
        else:
            yield reject(line=number, reason="Is not an object with a work.", excerpt=str(work))


def _read_work(work: Mapping[str, object]) -> dict[str, object]:
    doi = worded(work, "DOI")
    preprint = next((worded(one, "id") for one in listed(work, "relation", "has-preprint")), "")
    raw: dict[str, object] = {
        "title": strip_markup(_first(work, "title")),
        "abstract": strip_markup(worded(work, "abstract")),
        "authors": [_read_author(author) for author in listed(work, "author")],
        "doi": doi,
        "other_ids": [f"doi:{preprint.lower()}"] if preprint.startswith("10.") else [],
        "published_on": _read_day(work),
        "updated_on": worded(work, "deposited", "date-time")[:10],
        "categories": listed(work, "subject"),
        "venue": strip_markup(_first(work, "container-title") or _first(work, "institution")),
        "licence": next((worded(one, "URL") for one in listed(work, "license")), ""),
        "url": worded(work, "resource", "primary", "URL") or worded(work, "URL"),
        "citations": work.get("is-referenced-by-count"),
        "listed_on": worded(work, "created", "date-time")[:10],
        "withdrawn_at": _read_withdrawal(work),
    }
    if "10.48550/" in preprint.lower():
        raw |= {"arxiv_id": preprint, "other_ids": []}
    return raw


def _first(work: Mapping[str, object], name: str) -> str:
    found = next(iter(listed(work, name)), "")
    return worded(found, "name") if isinstance(found, Mapping) else worded({"": found}, "")


def _read_author(author: object) -> str:
    parts = [worded(author, key) for key in ("given", "family", "suffix")]
    return " ".join(part for part in parts if part) or worded(author, "name")


def _read_day(work: Mapping[str, object]) -> str:
    """The first day known of its publication; of a year or month alone, its first day."""
    names = ("posted", "published-online", "published", "published-print", "issued")
    return next((day for name in names if (day := day_of_parts(pick(work, name, "date-parts")))), "")


def _read_withdrawal(work: Mapping[str, object]) -> str:
    """The moment another record took this work back, where one did."""
    moments = [
        worded(notice, "updated", "date-time")
        for notice in listed(work, "updated-by")
        if worded(notice, "type") in _WITHDRAWALS
    ]
    return min(filter(None, moments), default="")


def _address(query: Query, cursor: str) -> str:
    narrowed = [word for word in query.text.split() if ":" in word]
    words = [word for word in query.text.split() if ":" not in word]
    filters = [f"from-created-date:{query.since}", f"until-created-date:{query.until}", *narrowed]
    asked = {"filter": ",".join(filters), "rows": str(_SLICE), "cursor": cursor or "*"}
    asked |= {"query": " ".join(words)} if words else {}
    return f"https://api.crossref.org/works?{urlencode(asked)}"


def _follow(_query: Query, _cursor: str, page: Page) -> str:
    is_more = page.received and page.position < (page.outline.total or 0)
    return page.outline.token if is_more else ""


def _check(text: str) -> str:
    return "" if text.strip() else "Say what to ask for: words, or filters like issn:1234-5678."


ASK_CROSSREF = Visit(
    hosts=frozenset({"api.crossref.org"}), address=_address, follow=_follow, check=_check, closed_days=True
)
