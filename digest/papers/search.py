"""Search over the published papers: exact names first, then words and meaning together. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Literal

import numpy as np
from django.conf import settings
from django.db.models import Q
from numpy.typing import NDArray

from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.models import Paper, PaperQuerySet, Topic
from digest.papers.shelf_index import SHELVES, Shelf
from digest.ranking.embed import load_embedder
from digest.ranking.search import count_paper, list_stems, split_phrases

# "exact": its name was typed; "words": it holds a word of the query; "meaning": it only lies near it.
HitKind = Literal["exact", "words", "meaning"]
_LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True)
class Hit:
    """A found paper, its score (no unit; comparable within one search) and the stems a snippet may mark."""

    paper_id: int
    score: float
    kind: HitKind
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits, best first, and how many there are in all."""

    hits: list[Hit]
    total: int


def find_papers(*, query: str, limit: int, offset: int = 0, topic: Topic | None = None) -> SearchResult:
    """Find published papers by name, words and meaning; quoted phrases must occur as they stand.

    An empty query finds nothing. The same query over the same catalogue gives the same order.
    """
    query = " ".join(query[:_LONGEST_QUERY].replace("\0", " ").split())
    if not query:
        return SearchResult([], 0)
    open_to = _filter(topic, split_phrases(query))
    if exact := _find_by_name(query, open_to):
        return SearchResult([Hit(pk, 1.0, "exact") for pk in exact][offset : offset + limit], len(exact))
    shelf = SHELVES.fetch()
    allowed = None
    if topic is not None or split_phrases(query):
        allowed = np.isin(shelf.ids, np.fromiter(open_to.values_list("pk", flat=True), dtype=np.int64))
    hits = _rank(query, shelf, allowed)
    return SearchResult(_keep_published(hits[offset : offset + limit]), len(hits))


def find_similar(*, paper_id: int, limit: int) -> list[int]:
    """The published papers most like one, best first; none for a paper nobody may see."""
    shelf = SHELVES.fetch()
    place = shelf.place_of(paper_id)
    paper = Paper.objects.all().published().filter(pk=paper_id).first()
    if place is None or paper is None:
        return []
    found = shelf.index.find_similar(place, bag=count_paper(paper.title, paper.abstract))
    # Twice as many as asked for, since some may have been hidden after the index was built.
    ids = [int(pk) for pk in shelf.ids[found.places[: 2 * limit]]]
    shown = set(Paper.objects.all().published().filter(pk__in=ids).values_list("pk", flat=True))
    return [pk for pk in ids if pk in shown][:limit]


def _filter(topic: Topic | None, phrases: Iterable[str]) -> PaperQuerySet:
    papers = Paper.objects.all().published()
    if topic is not None:
        papers = papers.filter(topics=topic)
    for phrase in phrases:
        papers = papers.filter(Q(title__icontains=phrase) | Q(abstract__icontains=phrase))
    return papers


def _find_by_name(query: str, open_to: PaperQuerySet) -> list[int]:
    names = [Q(arxiv_id=found.base) for found in [parse_arxiv_id(query)] if found]
    names += [Q(doi=name) for name in [parse_doi(query)] if name]
    return list(open_to.filter(reduce(or_, names)).values_list("pk", flat=True)) if names else []


def _rank(query: str, shelf: Shelf, allowed: NDArray[np.bool_] | None) -> list[Hit]:
    vector = load_embedder(settings.EMBEDDER).embed([query])
    found = shelf.index.find(query=query, vector=vector, allowed=allowed)
    words = list_stems(query)
    return [
        Hit(pk, score, "words" if by_words else "meaning", words)
        for pk, score, by_words in zip(
            shelf.ids[found.places].tolist(), found.scores.tolist(), found.by_words.tolist(), strict=True
        )
    ]


def _keep_published(hits: list[Hit]) -> list[Hit]:
    """Without papers that were hidden after the index was built."""
    shown = set(
        Paper.objects.all().published().filter(pk__in=[hit.paper_id for hit in hits]).values_list("pk", flat=True)
    )
    return [hit for hit in hits if hit.paper_id in shown]
