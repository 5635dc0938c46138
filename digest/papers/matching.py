"""Finds the paper that a record is about: by DOI, then arXiv id, then folded title. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from digest.papers.identifiers import family_name, fold_title
from digest.papers.models import Paper
from digest.papers.sources.base import Record

# A preprint and its printed form are often a year apart.
_YEARS_APART = 1


class Shelf:
    """The papers a batch of records may be about, by each of their names."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._by_doi: dict[str, Paper] = {}
        self._by_arxiv: dict[str, Paper] = {}
        self._by_title: dict[str, list[Paper]] = defaultdict(list)
        for paper in papers:
            self.put(paper)

    @classmethod
    def load(cls, records: Sequence[Record]) -> Shelf:
        """Fetch what the records may be about, with one query, and hold the rows until the transaction ends."""
        wanted = (
            Q(doi__in={record.doi for record in records if record.doi})
            | Q(arxiv_id__in={record.arxiv_id for record in records if record.arxiv_id})
            | Q(title_key__in={fold_title(record.title) for record in records})
        )
        return cls(Paper.objects.filter(wanted).order_by("id").select_for_update())

    def put(self, paper: Paper) -> None:
        """Make a paper findable under the names it has now."""
        if paper.doi:
            self._by_doi.setdefault(paper.doi, paper)
        if paper.arxiv_id:
            self._by_arxiv.setdefault(paper.arxiv_id, paper)
        namesakes = self._by_title[paper.title_key]
        if not any(paper is other for other in namesakes):
            namesakes.append(paper)

    def find(self, record: Record) -> Paper | None:
        """The paper that the record is about, if it is here."""
        for paper in (self._by_doi.get(record.doi), self._by_arxiv.get(record.arxiv_id)):
            if paper is not None:
                return paper
        namesakes = self._by_title.get(fold_title(record.title), ())
        return next((paper for paper in namesakes if _may_be_same(paper, record)), None)

    def is_taken(self, *, name: str, value: str, by_other_than: Paper) -> bool:
        """Whether another paper here already carries this DOI or arXiv id."""
        holder = (self._by_doi if name == "doi" else self._by_arxiv).get(value)
        return holder is not None and holder is not by_other_than


def _may_be_same(paper: Paper, record: Record) -> bool:
    """Whether nothing that both sides tell speaks against it, given that their titles fold alike."""
    return (
        not _differ(paper.doi, record.doi)
        and not _differ(paper.arxiv_id, record.arxiv_id)
        and not _differ(_first_family(paper.authors), _first_family(record.authors))
        and _are_near(paper.published_on, record.published_on)
    )


def _differ(ours: str | None, theirs: str) -> bool:
    return bool(ours and theirs and ours != theirs)


def _first_family(authors: Sequence[str]) -> str:
    return family_name(authors[0]) if authors else ""


def _are_near(ours: date | None, theirs: date | None) -> bool:
    return ours is None or theirs is None or abs(ours.year - theirs.year) <= _YEARS_APART
