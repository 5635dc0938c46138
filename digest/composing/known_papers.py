"""Papers that one process reads again and again: a row that has not changed keeps the object made of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from digest.compiled import Row, compiled
from digest.composing.setwise import Among
from digest.papers.models import Paper

# What letters tell of a paper; the rest of a row is read where somebody asks for it.
TOLD = (
    *("title", "authors", "abstract", "summary", "votes", "state", "withdrawn_at"),
    *("arxiv_id", "url", "code_url", "project_url"),
)
# As the model orders them, which is what it takes.
_NAMES = [f.attname for f in Paper._meta.concrete_fields if f.primary_key or f.name in TOLD]  # noqa: SLF001  # Django documents _meta as public
# The authors' names come as text: they are taken apart where a row has changed.
_AUTHORS = _NAMES.index("authors")
_COLUMNS: list[Any] = [*_NAMES[:_AUTHORS], Cast("authors", TextField()), *_NAMES[_AUTHORS + 1 :]]


class KnownPapers:
    """Reads papers. Every look asks the database, but making objects of rows costs more than reading them."""

    MOST = 5_000

    def __init__(self) -> None:
        self._kept: dict[int, tuple[tuple[Any, ...], Paper]] = {}

    def read(self, numbers: Collection[int]) -> dict[int, Paper]:
        """The papers of these ids that are there, by id."""
        if len(self._kept) > self.MOST:
            self._kept.clear()
        return {row[0]: self._take(row) for row in _ask_papers(numbers=numbers)}

    def _take(self, row: tuple[Any, ...]) -> Paper:
        held = self._kept.get(row[0])
        if held is None or held[0] != row:
            values = [*row[:_AUTHORS], json.loads(row[_AUTHORS]), *row[_AUTHORS + 1 :]]
            held = self._kept[row[0]] = row, Paper.from_db(DEFAULT_DB_ALIAS, _NAMES, values)
        return held[1]


@compiled
def _ask_papers(*, numbers: Collection[int]) -> QuerySet[Paper, Row]:
    return Paper.objects.filter(Among("id", numbers)).order_by("id").values_list(*_COLUMNS)
