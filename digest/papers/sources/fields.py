"""Turns raw values under our field names into a Record, or into the reason why it cannot be one. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.sources.base import Record, Rejection
from digest.papers.text import clean_line, clean_text, shorten

TITLE_LENGTH = 500
ABSTRACT_LENGTH = 20_000
NAME_LENGTH = 200
URL_LENGTH = 500
LIST_LENGTH = 3_000
MOST_ARTIFACTS = 50
EXCERPT_LENGTH = 80
# What every database we run on can hold in the columns for counts and versions.
COUNT_LIMIT = 2_147_483_647
_LONGEST_TOTAL = 10
_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})([T ].*)?")
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100
_LINK_FIELDS = ("url", "code_url", "project_url", "discussion_url", "thumbnail_url")
_LINE_LENGTHS = {"summary": ABSTRACT_LENGTH, "organisation": 200, "submitter": 100, "venue": 200, "licence": 200}
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_LIST_FIELDS = ("authors", "categories", "keywords", "versions", "other_ids")
# From a field's name and its raw value to its own; raises FieldError.
_Read = Callable[[str, object], object]


class FieldError(ValueError):
    """A value that makes the record unusable, said as a sentence."""


def build_record(raw: Mapping[str, object], *, line: int) -> Record | Rejection:
    """Build a record from values by field name: text, numbers or lists. Unknown names are passed over."""
    try:
        return Record(line=line, **_read_all(raw))
    except FieldError as error:
        return reject(line=line, reason=str(error), excerpt=_text(raw.get("title")))


def reject(*, line: int, reason: str, excerpt: str = "") -> Rejection:
    """A rejection whose excerpt is fit to be shown."""
    # What is far too long is cut before it is cleaned, which takes time by length.
    return Rejection(line, clean_line(reason), shorten(clean_line(excerpt[:1000]), EXCERPT_LENGTH))


def read_total(text: str) -> int | None:
    """A count that a source says there is, of up to nine digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_TOTAL else None


def _read_all(raw: Mapping[str, object]) -> dict[str, Any]:
    values: dict[str, Any] = {"title": _read_title(raw.get("title"))}
    # Most records leave most fields out, so only what is told costs anything.
    for name, read in _READERS.items():
        value = raw.get(name)
        if value is not None and value != "":
            values[name] = read(name, value)
    return values | _read_names(raw, url=values.get("url", ""), others=values.get("other_ids", ()))


def _read_names(raw: Mapping[str, object], *, url: str, others: tuple[str, ...]) -> dict[str, Any]:
    """The ids, each also found where people put it: in the address or, for arXiv, in the DOI."""
    arxiv_text, doi_text = (clean_line(_text(raw.get(name))) for name in ("arxiv_id", "doi"))
    arxiv = parse_arxiv_id(arxiv_text)
    if arxiv_text and arxiv is None:
        raise FieldError(f"“{shorten(arxiv_text, 40)}” is not an arXiv id like 2503.01234 or hep-th/9901001.")
    arxiv_doi = parse_arxiv_id(doi_text) if "10.48550/" in doi_text else None
    doi = None if arxiv_doi else parse_doi(doi_text)
    if doi_text and doi is None and arxiv_doi is None:
        raise FieldError(f"“{shorten(doi_text, 40)}” is not a DOI like 10.1000/182.")
    arxiv = arxiv or arxiv_doi or (parse_arxiv_id(url) if "/" in url else None)
    doi = doi or (parse_doi(url) if "doi.org/10." in url and arxiv is None else None)
    version = _read_version(raw.get("version")) or (arxiv.version if arxiv else None)
    names = {"arxiv_id": arxiv.base if arxiv else "", "doi": doi or "", "version": version}
    pubmed = clean_line(_text(raw.get("pmid"))).lower().removeprefix("pmid:").strip()
    return names | ({"other_ids": (*others, f"pmid:{pubmed}")} if read_total(pubmed) else {})


def _read_title(value: object) -> str:
    title = clean_line(_text(value))
    if not title:
        raise FieldError("Has no title.")
    if len(title) > TITLE_LENGTH:
        raise FieldError(f"The title has {len(title):,} characters; at most {TITLE_LENGTH} fit.")
    return title


def _read_list(_name: str, value: object) -> tuple[str, ...]:
    """Names in order, each once: from a list of texts or of objects with a name, or a text split on `;`."""
    parts: Iterable[object] = value if isinstance(value, list | tuple) else _text(value).split(";")
    names = (clean_line(_text(part.get("name") if isinstance(part, dict) else part)) for part in parts)
    return tuple(dict.fromkeys(shorten(name, NAME_LENGTH) for name in names if name))[:LIST_LENGTH]


def read_link(text: str) -> str:
    """An https address fit to be linked; "" for any other scheme, for user names and for what is no address."""
    link = clean_line(text)
    if link.lower().startswith("http://"):
        link = "https://" + link[7:]
    if len(link) > URL_LENGTH or re.search(r"[\s<>\"'`\\{}|^]", link):
        return ""
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return link if parts.scheme == "https" and "." in host and not parts.username else ""


def read_date(name: str, text: str) -> date:
    """A day from `2025-03-07`, `2025-3-7`, `2025/03/07`, or the UTC day of a full moment."""
    label = name.replace("_", " ")
    match = _DATE.fullmatch(text)
    if match is None:
        raise FieldError(f"“{shorten(text, 40)}” ({label}) is not a date like 2025-03-07.")
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise FieldError(f"“{shorten(text, 40)}” ({label}) is not a day of the calendar.") from None
    if match[4]:
        day = read_moment(name, text).date()
    if not _EARLIEST_YEAR <= day.year <= _LATEST_YEAR:
        raise FieldError(f"“{shorten(text, 40)}” ({label}) is not a year between 1900 and 2100.")
    return day


def read_moment(name: str, text: str) -> datetime:
    """A moment in UTC from ISO 8601 text; without a zone it is taken as UTC, without a time as midnight."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        label = name.replace("_", " ")
        raise FieldError(f"“{shorten(text, 40)}” ({label}) is not a moment like 2025-03-07T14:12:09Z.") from None


def _read_count(name: str, text: str) -> int:
    """A whole number from 0 up; `41.0` is 41."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and 0 <= number <= COUNT_LIMIT and number == int(number)):
        raise FieldError(f"“{shorten(text, 40)}” ({name}) is not a whole number from 0 up.")
    return int(number)


def _read_artifacts(_name: str, value: object) -> tuple[dict[str, str], ...]:
    """Objects with a kind, a name and an https address; what lacks one of them is passed over."""
    found = []
    for item in value[:MOST_ARTIFACTS] if isinstance(value, list) else []:
        raw = item if isinstance(item, dict) else {}
        kind, name = (shorten(clean_line(_text(raw.get(key))), NAME_LENGTH) for key in ("kind", "name"))
        url = read_link(_text(raw.get("url")))
        if kind and name and url:
            found.append({"kind": kind, "name": name, "url": url})
    return tuple(found)


def _read_flag(name: str, text: str) -> bool:
    """Yes or no, as tables and JSON write it."""
    if text.casefold() not in _FLAGS:
        raise FieldError(f"“{shorten(text, 40)}” ({name.replace('_', ' ')}) is neither yes nor no.")
    return _FLAGS[text.casefold()]


def _read_version(value: object) -> int | None:
    text = clean_line(_text(value)).lower().removeprefix("v")
    if not text:
        return None
    number = _read_count("version", text)
    if not 0 < number < 1000:  # noqa: PLR2004  # three digits, as in the ids
        raise FieldError(f"“{shorten(text, 40)}” (version) is not a number from 1 to 999.")
    return number


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _read_abstract(_name: str, value: object) -> str:
    return shorten(clean_text(_text(value)), ABSTRACT_LENGTH)


def _read_line(name: str, value: object) -> str:
    return shorten(clean_line(_text(value)), _LINE_LENGTHS[name])


def _read_address(_name: str, value: object) -> str:
    return read_link(_text(value))


def _read_mark(_name: str, value: object) -> bool:
    return bool(value)


def _parse_by(parse: Callable[[str, str], object]) -> _Read:
    """A reader of one line of text; nothing where it is empty."""

    def read(name: str, value: object) -> object:
        text = clean_line(_text(value))
        return parse(name, text) if text else None

    return read


_READERS: dict[str, _Read] = {
    "abstract": _read_abstract,
    **dict.fromkeys(_LINE_LENGTHS, _read_line),
    **dict.fromkeys(_LIST_FIELDS, _read_list),
    **dict.fromkeys(_LINK_FIELDS, _read_address),
    "artifacts": _read_artifacts,
    "is_revision": _read_mark,
    **dict.fromkeys(("votes", "comments", "stars", "citations"), _parse_by(_read_count)),
    **dict.fromkeys(("published_on", "updated_on", "listed_on"), _parse_by(read_date)),
    "author_takes_part": _parse_by(_read_flag),
    "withdrawn_at": _parse_by(read_moment),
}
