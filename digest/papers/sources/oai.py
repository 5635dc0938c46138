"""Asks and reads arXiv's OAI-PMH interface, in its formats `arXiv`, `arXivRaw` (with all versions) and `oai_dc`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlencode

from digest.papers.identifiers import parse_arxiv_id
from digest.papers.sources.arxiv_words import decode_texts, find_withdrawal
from digest.papers.sources.base import Calendar, Item, Outline, Page, Query, SourceError, Visit, Withdrawal
from digest.papers.sources.fields import build_record, read_total, reject
from digest.papers.sources.moments import read_feed_moment
from digest.papers.sources.names import split_names
from digest.papers.sources.oai_dc import read_dublin_core
from digest.papers.sources.tex import decode_accents
from digest.papers.sources.xml import children, iter_elements, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# A record's stamp moves with every change to it. What was made longer before that was announced then.
_ANNOUNCED_WITHIN = timedelta(days=7)
EXPIRED = "badResumptionToken"


class ExpiredTokenError(SourceError):
    """The list must be asked for from its beginning."""


def read_oai(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each record, a withdrawal for each deleted one, and how to go on. Raises SourceError."""
    number, is_answer = 0, False
    for element in iter_elements(stream, "record", "resumptionToken", "error", "responseDate"):
        is_answer = True
        match local_name(element):
            case "record":
                number += 1
                yield _read_record(element, number)
            case "resumptionToken":
                size = element.get("completeListSize", "")
                yield Outline(total=read_total(size), token=text_of(element))
            case "error":
                _judge_error(element)
    if not is_answer:
        raise SourceError("The answer is not OAI-PMH: it holds no records and no date of response.")


def _judge_error(error: Element) -> None:
    code = error.get("code", "")
    if code == EXPIRED:
        raise ExpiredTokenError("The list cannot be continued where it was left; it starts anew.")
    # A window without changes is no fault.
    if code != "noRecordsMatch":
        raise SourceError(f"The archive cannot answer ({code or 'no code'}): {text_of(error) or 'it gives no reason'}")


def _read_record(record: Element, number: int) -> Item:
    header = next(iter(children(record, "header")), None)
    stamp = text_of(header, "datestamp") if header is not None else ""
    if header is not None and header.get("status") == "deleted":
        return _read_deletion(text_of(header, "identifier"), stamp, number)
    metadata = next(iter(children(record, "metadata")), None)
    body = next(iter(metadata), None) if metadata is not None else None
    if body is None:
        return reject(line=number, reason="Holds no metadata.", excerpt=text_of(record))
    raw = _read_body(body)
    created, updated = str(raw["published_on"]), str(raw["updated_on"])
    is_late = bool(created and stamp) and not _is_near(created, stamp)
    raw |= {"listed_on": stamp, "is_revision": is_late or (bool(updated) and not _is_near(created, updated))}
    return build_record(decode_texts(raw), line=number)


def _read_body(body: Element) -> dict[str, object]:
    if local_name(body) == "dc":
        return read_dublin_core(body)
    categories = text_of(body, "categories").split()
    raw: dict[str, object] = {
        "title": text_of(body, "title"),
        "abstract": text_of(body, "abstract"),
        "arxiv_id": text_of(body, "id"),
        "doi": text_of(body, "doi").split(" ")[0],
        "categories": categories,
        "venue": text_of(body, "journal-ref"),
        "licence": text_of(body, "license"),
        "published_on": text_of(body, "created"),
        "updated_on": text_of(body, "updated"),
    }
    authors = next(iter(children(body, "authors")), None)
    if authors is not None and len(authors):
        raw["authors"] = [_read_author(author) for author in children(authors, "author")]
    elif authors is not None:
        raw["authors"] = split_names(decode_accents(text_of(authors)))
    raw |= _read_versions(body) if local_name(body) == "arXivRaw" else {}
    day = str(raw["updated_on"] or raw["published_on"])
    return raw | {"withdrawn_at": find_withdrawal(text_of(body, "comments"), str(raw["abstract"]), day=day)}


def _read_author(author: Element) -> str:
    return " ".join(part for name in ("forenames", "keyname", "suffix") if (part := text_of(author, name)))


def _read_versions(body: Element) -> dict[str, object]:
    versions = [
        (one.get("version", ""), moment.date().isoformat())
        for one in children(body, "version")
        if (moment := read_feed_moment(text_of(one, "date")))
    ]
    if not versions:
        return {}
    return {
        "versions": [f"{name} {day}" for name, day in versions],
        "version": versions[-1][0],
        "published_on": versions[0][1],
        "updated_on": versions[-1][1] if len(versions) > 1 else "",
        "submitter": text_of(body, "submitter"),
    }


def _read_deletion(identifier: str, stamp: str, number: int) -> Item:
    found = parse_arxiv_id(identifier)
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        moment = None
    if found is None or moment is None:
        return reject(line=number, reason="Is marked as deleted without an arXiv id or a date.", excerpt=identifier)
    return Withdrawal(number, found.base, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _is_near(first: str, second: str) -> bool:
    one, other = read_feed_moment(first[:10]), read_feed_moment(second[:10])
    return one is None or other is None or abs(other - one) <= _ANNOUNCED_WITHIN


def _address_for(prefix: str) -> Callable[[Query, str], str]:
    def address(query: Query, cursor: str) -> str:
        asked = {"verb": "ListRecords"}
        if cursor:
            asked["resumptionToken"] = cursor
        else:
            asked |= {"metadataPrefix": prefix, "from": str(query.since), "until": str(query.until)}
            asked |= {"set": query.text.strip()} if query.text.strip() else {}
        return f"https://oaipmh.arxiv.org/oai?{urlencode(asked)}"

    return address


def _follow(_query: Query, _cursor: str, page: Page) -> str:
    return page.outline.token


def _check(text: str) -> str:
    fits = all(part.replace("-", "").isalnum() for part in text.strip().split(":")) or not text.strip()
    return "" if fits else "Name a set like cs:cs:AI, or leave it empty for all of arXiv."


def _make_visit(prefix: str) -> Visit:
    return Visit(
        hosts=frozenset({"oaipmh.arxiv.org"}),
        address=_address_for(prefix),
        follow=_follow,
        check=_check,
        calendar=Calendar.ARXIV,
        closed_days=True,
        is_whole=True,
    )


ASK_OAI = _make_visit("arXiv")
ASK_OAI_RAW = _make_visit("arXivRaw")
