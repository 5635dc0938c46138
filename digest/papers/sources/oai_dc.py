"""Reads the Dublin Core form (`oai_dc`) of a record, which every OAI-PMH archive offers beside its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.sources.moments import first_day
from digest.papers.sources.names import given_first
from digest.papers.sources.xml import texts_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_COMMENT = re.compile(r"comments?:\s", re.IGNORECASE)


def read_dublin_core(body: Element) -> dict[str, object]:
    """Raw values by field name: the first date is the first version's, the last one the latest version's."""
    names = [name.strip() for name in texts_of(body, "identifier")]
    days = sorted(filter(None, map(first_day, texts_of(body, "date"))))
    described = [text for text in texts_of(body, "description") if not _COMMENT.match(text)]
    return {
        "title": next(iter(texts_of(body, "title")), ""),
        "abstract": next(iter(described), ""),
        "authors": [given_first(name) for name in texts_of(body, "creator")],
        "arxiv_id": next((name for name in names if parse_arxiv_id(name)), ""),
        "doi": next((name for name in names if parse_doi(name) and "10.48550/" not in name), ""),
        # Subjects are names of classes in words, not the classes that topics are filed by.
        "keywords": texts_of(body, "subject"),
        "licence": next((text for text in texts_of(body, "rights") if text.startswith("http")), ""),
        "url": next((name for name in names if name.startswith("http")), ""),
        "published_on": days[0] if days else "",
        "updated_on": days[-1] if len(days) > 1 else "",
    }
