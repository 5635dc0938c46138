"""Asks and reads arXiv's daily feeds, RSS 2.0 or their Atom twins: what was announced today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from digest.papers.sources.arxiv_words import decode_texts, find_withdrawal
from digest.papers.sources.base import Calendar, Item, Outline, Query, SourceError, Visit
from digest.papers.sources.fields import build_record
from digest.papers.sources.moments import read_feed_moment
from digest.papers.sources.xml import children, iter_elements, local_name, text_of, texts_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OPENING = re.compile(r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<news>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)
_ARCHIVES = re.compile(r"[A-Za-z-]+(?:\.[A-Za-z-]+)?(?:\+[A-Za-z-]+(?:\.[A-Za-z-]+)?)*")


def read_feed(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each item, and the day the feed was built. Raises SourceError."""
    number, is_feed = 0, False
    for element in iter_elements(stream, "item", "entry", "lastBuildDate", "updated", "title"):
        is_feed = True
        name = local_name(element)
        if name in {"item", "entry"}:
            number += 1
            yield _read_item(element, number)
        elif name != "title" and (moment := read_feed_moment(text_of(element))):
            yield Outline(built_on=moment.date())
    if not is_feed:
        raise SourceError("The answer is not a feed: it holds no title and no items.")


def _read_item(item: Element, number: int) -> Item:
    text = text_of(item, "description") or text_of(item, "summary")
    opening = _OPENING.match(text)
    news = text_of(item, "announce_type") or (opening["news"] if opening else "")
    announced = read_feed_moment(text_of(item, "pubDate") or text_of(item, "published"))
    abstract = text[opening.end() :] if opening else text
    day = announced.date().isoformat() if announced else ""
    raw = {
        "title": text_of(item, "title"),
        "abstract": abstract,
        "authors": _read_authors(item),
        "arxiv_id": text_of(item, "guid") or text_of(item, "id") or (opening["id"] if opening else ""),
        "doi": text_of(item, "DOI"),
        "categories": [one.get("term") or text_of(one) for one in children(item, "category")],
        "venue": text_of(item, "journal_reference"),
        "licence": text_of(item, "rights"),
        "url": text_of(item, "link") or next((one.get("href", "") for one in children(item, "link")), ""),
        "listed_on": day,
        "is_revision": news.startswith("replace"),
        "withdrawn_at": find_withdrawal(abstract, day=day),
    }
    return build_record(decode_texts(raw), line=number)


def _read_authors(item: Element) -> list[str]:
    creators = texts_of(item, "creator") or [text_of(one, "name") for one in children(item, "author")]
    return ", ".join(creators).split(",")


def _address(query: Query, _cursor: str) -> str:
    return f"https://rss.arxiv.org/rss/{quote(query.text.strip(), safe='+.-')}"


def _check(text: str) -> str:
    fits = _ARCHIVES.fullmatch(text.strip())
    return "" if fits else "Name arXiv archives or classes, several joined by a plus sign, like cs.RO+cs.LG."


ASK_FEED = Visit(
    hosts=frozenset({"rss.arxiv.org"}), address=_address, check=_check, calendar=Calendar.ARXIV, is_whole=True
)
