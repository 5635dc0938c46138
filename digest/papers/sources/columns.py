"""The names that flat records (table columns, JSON keys) may use for our fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_NAMES = {
    "title": "title",
    "abstract": "abstract summary",
    "authors": "authors author",
    "arxiv_id": "arxiv_id arxiv eprint arxivid",
    "version": "version",
    "doi": "doi",
    "pmid": "pmid pubmed pubmed_id",
    "published_on": "published published_on date publication_date published_at",
    "updated_on": "updated updated_on updated_at",
    "listed_on": "listed_on listed listed_at",
    "withdrawn_at": "withdrawn_at withdrawn",
    "categories": "categories category tags",
    "keywords": "keywords keyword",
    "summary": "short_summary tldr ai_summary",
    "url": "url link",
    "code_url": "code_url code github github_url repository",
    "project_url": "project_url project project_page",
    "discussion_url": "discussion_url discussion",
    "thumbnail_url": "thumbnail_url thumbnail",
    "artifacts": "artifacts",
    "author_takes_part": "author_takes_part",
    "venue": "venue journal booktitle",
    "licence": "licence license",
    "organisation": "organisation organization",
    "submitter": "submitter submitted_by",
    "votes": "votes upvotes",
    "comments": "comments num_comments",
    "stars": "stars github_stars",
    "citations": "citations citation_count cited_by",
}
_FIELDS = {alias: field for field, aliases in _NAMES.items() for alias in aliases.split()}


def match_columns(names: Iterable[str]) -> dict[int, str]:
    """Match column names to our fields, in any case: the column's place, from 0, to the field's name.

    Where two columns mean the same field the first one counts; beside `abstract`, a column
    `summary` is the short one. Names we do not know are left out.
    """
    return _match(tuple(names))


# Thousands of objects in a row have the same names.
@lru_cache(maxsize=64)
def _match(names: tuple[str, ...]) -> dict[int, str]:
    folded = [_fold(name) for name in names]
    taken: dict[str, int] = {}
    for place, name in enumerate(folded):
        field = "summary" if name == "summary" and "abstract" in folded else _FIELDS.get(name)
        if field is not None:
            taken.setdefault(field, place)
    return {place: field for field, place in taken.items()}


def _fold(name: str) -> str:
    return "_".join(name.strip().casefold().replace("-", " ").replace("_", " ").split())
