"""Asks and reads the details interface of bioRxiv and medRxiv, in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from urllib.parse import quote

from digest.papers.sources.base import Calendar, Item, Outline, Page, Query, SourceError, Visit
from digest.papers.sources.fields import build_record, read_total, reject
from digest.papers.sources.json_page import listed, pick, read_document, strip_markup, worded
from digest.papers.sources.names import given_first

_SERVERS = ("biorxiv", "medrxiv")
_INITIALS = re.compile(r"(?:\w\.[\s-]*){1,4}")


def read_details(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each version of a preprint, and how many there are in all. Raises SourceError."""
    found = read_document(stream)
    if not isinstance(pick(found, "collection"), list):
        raise SourceError("The answer holds no collection of preprints.")
    said = next(iter(listed(found, "messages")), {})
    status, total = worded(said, "status"), worded(said, "total")
    if status not in {"", "ok"} and "no posts" not in status.lower() and not listed(found, "collection"):
        raise SourceError(f"The server cannot answer: {status}")
    yield Outline(total=read_total(total))
    for number, item in enumerate(listed(found, "collection"), start=1):
        if isinstance(item, Mapping):
            yield build_record(_read_item(item), line=number)
        else:
            yield reject(line=number, reason="Is not an object with a preprint.", excerpt=str(item))


def _read_item(item: Mapping[str, object]) -> dict[str, object]:
    doi, printed, version = (worded(item, key).strip() for key in ("doi", "published", "version"))
    server = worded(item, "server").lower() or "biorxiv"
    is_withdrawn = "withdrawn" in worded(item, "type").lower()
    day = _pad(worded(item, "date"))
    is_revision = (read_total(version) or 0) > 1
    return {
        "title": strip_markup(worded(item, "title")),
        "abstract": strip_markup(worded(item, "abstract")),
        "authors": read_authors(worded(item, "authors")),
        "doi": doi,
        "version": version,
        # The day is this version's own.
        "published_on": "" if is_revision else day,
        "updated_on": day if is_revision else "",
        "listed_on": day,
        "categories": [worded(item, "category").lower()],
        "licence": worded(item, "license"),
        "organisation": worded(item, "author_corresponding_institution"),
        "other_ids": [f"doi:{printed.lower()}"] if printed.startswith("10.") else [],
        "url": f"https://www.{server}.org/content/{doi}v{version or 1}" if doi and server in _SERVERS else "",
        "withdrawn_at": day if is_withdrawn else "",
        "is_revision": is_revision,
    }


def _pad(day: str) -> str:
    """A date with all its zeros; they have been missing."""
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", day.strip())
    return f"{parts[1]}-{int(parts[2]):02}-{int(parts[3]):02}" if parts else day


def read_authors(text: str) -> list[str]:
    """Names from "Quill, M.; Okafor, B." or "Quill, M., Okafor, B.", given names first."""
    if ";" in text:
        return [given_first(name) for name in text.split(";")]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) % 2 == 0 and all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [f"{given} {family}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def _address(query: Query, cursor: str) -> str:
    server, _, category = query.text.strip().partition(" ")
    narrowed = f"?category={quote(category.strip().replace(' ', '_'))}" if category.strip() else ""
    return f"https://api.biorxiv.org/details/{server.lower()}/{query.since}/{query.until}/{cursor or 0}{narrowed}"


def _follow(_query: Query, _cursor: str, page: Page) -> str:
    return str(page.position) if page.received and page.position < (page.outline.total or 0) else ""


def _check(text: str) -> str:
    fits = text.strip().lower().partition(" ")[0] in _SERVERS
    return "" if fits else "Name the server, biorxiv or medrxiv, then a category if only one is wanted."


ASK_DETAILS = Visit(
    hosts=frozenset({"api.biorxiv.org"}),
    address=_address,
    follow=_follow,
    check=_check,
    calendar=Calendar.WEEKDAYS,
    closed_days=True,
)
