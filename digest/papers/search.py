"""Search over the published papers: exact names first, then whatever the engine finds. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Literal

from django.conf import settings
from django.db.models import Q

from digest.papers.engine import Answer, Wanted, load_engine
from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.models import Paper, PaperQuerySet
from digest.ranking.facts import Narrowing
from digest.ranking.search import list_stems, split_phrases

# "exact": its name was typed; "words": it holds a word of the query; "meaning": it only lies near it.
HitKind = Literal["exact", "words", "meaning"]
_LONGEST_QUERY = 500
# As many digits as every key has that a database column of ours can hold.
_OWN = re.compile(r"(?:#|/?papers/)([0-9]{1,18})/?")


@dataclass(frozen=True, slots=True)
class Hit:
    """A found paper, its score (no unit; comparable within one search) and the stems a snippet may mark."""

    paper_id: int
    score: float
    kind: HitKind
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits, best first, how many there are in all, and what visitors should know about the index."""

    hits: list[Hit]
    total: int
    notice: str = ""


def find_papers(*, query: str, limit: int, offset: int = 0, narrowing: Narrowing | None = None) -> SearchResult:
    """Find published papers by name, words and meaning; quoted phrases must occur as they stand.

    An empty query finds nothing. The same query over the same catalogue gives the same order.
    """
    query = " ".join(query[:_LONGEST_QUERY].replace("\0", " ").split())
    if not query:
        return SearchResult([], 0)
    narrowing = narrowing or Narrowing()
    if exact := _find_by_name(query, narrowing):
        return SearchResult([Hit(pk, 1.0, "exact") for pk in exact][offset : offset + limit], len(exact))
    wanted = Wanted(query, tuple(split_phrases(query)), narrowing)
    answer = load_engine().find(wanted, offset=offset, limit=limit)
    return SearchResult(_present(answer, wanted), answer.total, answer.notice)


def find_similar(*, paper_id: int, limit: int) -> list[int]:
    """The published papers most like one, best first; none for a paper nobody may see."""
    # Twice as many as asked for, and the paper itself: some may have been hidden after the index was built.
    ids = load_engine().find_similar(paper_id, limit=2 * limit)
    shown = _keep_published([paper_id, *ids])
    return [pk for pk in ids if pk in shown][:limit] if paper_id in shown else []


def match_narrowing(narrowing: Narrowing) -> Q:
    """The same narrowing as a condition on papers in the database."""
    names = {"source__name": narrowing.source, "organisation": narrowing.organisation, "submitter": narrowing.submitter}
    condition = Q(**{name: word for name, word in names.items() if word})
    if narrowing.topic is not None:
        condition &= Q(pk__in=Paper.topics.through.objects.filter(topic=narrowing.topic).values("paper_id"))
    if narrowing.first_day is not None:
        condition &= Q(listed_on__gte=date.fromordinal(narrowing.first_day))
    if narrowing.last_day is not None:
        condition &= Q(listed_on__lte=date.fromordinal(narrowing.last_day))
    return condition & ~Q(code_url="") if narrowing.with_code else condition


def _find_by_name(query: str, narrowing: Narrowing) -> list[int]:
    """By arXiv id, DOI, or the address of a page of ours."""
    names = [Q(arxiv_id=found.base) for found in [parse_arxiv_id(query)] if found]
    names += [Q(doi=name) for name in [parse_doi(query)] if name]
    names += [Q(pk=number) for number in [_read_own_address(query)] if number is not None]
    if not names:
        return []
    papers: PaperQuerySet = Paper.objects.all().published().filter(reduce(or_, names))
    return list(papers.filter(match_narrowing(narrowing)).order_by("pk").values_list("pk", flat=True))


def _read_own_address(query: str) -> int | None:
    """The number in "#12" or the address of a paper's page here."""
    found = _OWN.fullmatch(query.removeprefix(settings.SITE_URL))
    return int(found[1]) if found else None


def _present(answer: Answer, wanted: Wanted) -> list[Hit]:
    shown = _keep_published(match.paper for match in answer.matches)
    words = list_stems(wanted.text)
    return [
        Hit(match.paper, match.score, "words" if match.by_words else "meaning", words)
        for match in answer.matches
        if match.paper in shown
    ]


def _keep_published(papers: Iterable[int]) -> set[int]:
    """Without papers that were hidden after the index was built."""
    return set(Paper.objects.all().published().filter(pk__in=list(papers)).values_list("pk", flat=True))
