"""Finds the paper that a record is about: by DOI, arXiv id, other ids, then folded title. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from digest.papers.identifiers import family_name, fold_title
from digest.papers.models import Paper, PaperName, Source, SourceRecord
from digest.papers.sources.base import Record
from digest.papers.telling import key_of

# A preprint and its printed form are often a year apart.
_YEARS_APART = 1


class Shelf:
    """The papers a batch of records may be about, by each of their names."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._by_doi: dict[str, Paper] = {}
        self._by_arxiv: dict[str, Paper] = {}
        self._by_name: dict[str, Paper] = {}
        self._by_key: dict[str, Paper] = {}
        self._by_title: dict[str, list[Paper]] = defaultdict(list)
        for paper in papers:
            self.put(paper)

    @classmethod
    def load(cls, records: Sequence[Record], source: Source) -> Shelf:
        """Fetch what the records may be about, with three queries, and hold the rows until the transaction ends."""
        names = {name for record in records for name in names_of(record)}
        named = dict(PaperName.objects.filter(name__in=names).values_list("name", "paper_id"))
        told = SourceRecord.objects.filter(source=source, key__in={key_of(record) for record in records})
        keys = dict(told.values_list("key", "paper_id"))
        wanted = (
            Q(doi__in={name.removeprefix("doi:") for name in names if name.startswith("doi:")})
            | Q(arxiv_id__in={record.arxiv_id for record in records if record.arxiv_id})
            | Q(title_key__in={fold_title(record.title) for record in records})
            | Q(pk__in={*named.values(), *keys.values()})
        )
        shelf = cls(Paper.objects.filter(wanted).order_by("id").select_for_update())
        by_id = {paper.pk: paper for papers in shelf._by_title.values() for paper in papers}
        shelf._by_name = {name: by_id[paper] for name, paper in named.items() if paper in by_id}
        shelf._by_key = {key: by_id[paper] for key, paper in keys.items() if paper in by_id}
        return shelf

    def put(self, paper: Paper, *, names: Iterable[str] = ()) -> None:
        """Make a paper findable under the names it has now, and under further ones."""
        for name in names:
            self._by_name.setdefault(name, paper)
        if paper.doi:
            self._by_doi.setdefault(paper.doi, paper)
        if paper.arxiv_id:
            self._by_arxiv.setdefault(paper.arxiv_id, paper)
        namesakes = self._by_title[paper.title_key]
        if not any(paper is other for other in namesakes):
            namesakes.append(paper)

    def find(self, record: Record) -> Paper | None:
        """The paper that the record is about, if it is here.

        What this source told under this name before decides first: so papers that were parted stay apart.
        """
        for paper in (
            self._by_key.get(key_of(record)),
            self._by_doi.get(record.doi),
            self._by_arxiv.get(record.arxiv_id),
            *map(self._find_named, names_of(record)),
        ):
            if paper is not None:
                return paper
        namesakes = self._by_title.get(fold_title(record.title), ())
        return next((paper for paper in namesakes if _may_be_same(paper, record)), None)

    def _find_named(self, name: str) -> Paper | None:
        """By another id; the DOI of a printed form is the name of its paper, and the other way round."""
        return self._by_name.get(name) or self._by_doi.get(name.removeprefix("doi:"))

    def is_taken(self, *, name: str, value: str, by_other_than: Paper) -> bool:
        """Whether another paper here already carries this DOI or arXiv id."""
        holder = (self._by_doi if name == "doi" else self._by_arxiv).get(value)
        return holder is not None and holder is not by_other_than


def names_of(record: Record) -> tuple[str, ...]:
    """The record's DOI and other ids, in one form."""
    return (f"doi:{record.doi}", *record.other_ids) if record.doi else record.other_ids


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
