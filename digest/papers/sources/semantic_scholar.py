"""Asks and reads Semantic Scholar's paper search, recommendations and single papers, in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO
from urllib.parse import urlencode

from django.conf import settings

from digest.papers.sources.base import Item, Outline, Page, Query, SourceError, Visit
from digest.papers.sources.fields import build_record, read_total, reject
from digest.papers.sources.json_page import listed, pick, read_document, worded
from digest.papers.sources.moments import first_day

_SLICE = 100
# The search answers no further.
_FURTHEST = 1_000
_ANSWERS = {"data", "recommendedPapers", "paperId"}
_FIELDS = (
    "externalIds,url,title,abstract,venue,year,publicationDate,citationCount,openAccessPdf,"
    "fieldsOfStudy,s2FieldsOfStudy,journal,authors,tldr"
)


def read_scholar(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each paper, and what the answer says about the whole. Raises SourceError."""
    found = read_document(stream)
    if not isinstance(found, list) and not (_ANSWERS & set(found if isinstance(found, Mapping) else ())):
        said = worded(found, "error") or worded(found, "message") or "papers are expected"
        raise SourceError(f"The answer holds no papers: {said}")
    total, following = worded(found, "total"), worded(found, "next")
    # Its total is an estimate; it counts only where the search ends before it.
    is_cut = (read_total(following) or 0) >= _FURTHEST
    yield Outline(total=read_total(total) if is_cut else None, token=following)
    for number, paper in enumerate(_find_papers(found), start=1):
        if isinstance(paper, Mapping):
            yield build_record(_read_paper(paper), line=number)
        else:
            yield reject(line=number, reason="Is not an object with a paper.", excerpt=str(paper))


def _find_papers(found: object) -> list[object]:
    if isinstance(found, list):
        return found
    if worded(found, "paperId"):
        return [found]
    return listed(found, "data") or listed(found, "recommendedPapers")


def _read_paper(paper: Mapping[str, object]) -> dict[str, object]:
    fields = [*listed(paper, "fieldsOfStudy"), *(pick(one, "category") for one in listed(paper, "s2FieldsOfStudy"))]
    name = worded(paper, "paperId")
    return {
        "title": paper.get("title"),
        "abstract": paper.get("abstract"),
        "authors": paper.get("authors"),
        "arxiv_id": worded(paper, "externalIds", "ArXiv"),
        "doi": worded(paper, "externalIds", "DOI"),
        "other_ids": [f"s2:{name}"] if name else [],
        "pmid": worded(paper, "externalIds", "PubMed"),
        "published_on": worded(paper, "publicationDate") or first_day(worded(paper, "year")),
        "categories": fields,
        "venue": worded(paper, "venue") or worded(paper, "journal", "name"),
        "licence": worded(paper, "openAccessPdf", "license"),
        "summary": worded(paper, "tldr", "text"),
        "url": worded(paper, "url") or worded(paper, "openAccessPdf", "url"),
        "citations": paper.get("citationCount"),
    }


def _address(query: Query, cursor: str) -> str:
    asked = {
        "query": query.text.strip(),
        "publicationDateOrYear": f"{query.since}:{query.until}",
        "fields": _FIELDS,
        "limit": str(_SLICE),
        "offset": cursor or "0",
    }
    return f"https://api.semanticscholar.org/graph/v1/paper/search?{urlencode(asked)}"


def _follow(_query: Query, cursor: str, page: Page) -> str:
    following = page.outline.token
    is_further = int(cursor or 0) < (read_total(following) or 0) < _FURTHEST
    return following if is_further else ""


def _check(text: str) -> str:
    return "" if text.strip() else "Say what to search for, in plain words."


def _headers() -> dict[str, str]:
    return {"x-api-key": settings.SEMANTIC_SCHOLAR_KEY} if settings.SEMANTIC_SCHOLAR_KEY else {}


ASK_SCHOLAR = Visit(
    hosts=frozenset({"api.semanticscholar.org"}), address=_address, follow=_follow, check=_check, headers=_headers
)
