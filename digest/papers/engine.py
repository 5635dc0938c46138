"""The seam behind search: what is asked of an engine and what it answers. Search and pages know no more of it.

The engine here (`shelf_index.ShelfEngine`) keeps its index in memory and under VAR_DIR. Another one, such as
full text and vectors inside PostgreSQL, is a class with these two methods, named by SEARCH_ENGINE.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from digest.ranking.facts import Narrowing


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search: the words, phrases that must stand in the text as they are, and what else must hold."""

    text: str
    phrases: tuple[str, ...] = ()
    narrowing: Narrowing = field(default_factory=Narrowing)


@dataclass(frozen=True, slots=True)
class Match:
    """A found paper, its score (no unit; comparable within one search), and whether it holds a word asked for."""

    paper: int
    score: float
    by_words: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of matches, best first, how many there are in all, and what visitors should know about the index."""

    matches: list[Match]
    total: int
    notice: str = ""


class Engine(Protocol):
    """Finds among the published papers. May name papers that were hidden a moment ago: the caller looks again."""

    def find(self, wanted: Wanted, *, offset: int, limit: int) -> Answer:
        """The papers that hold a word of the text or lie near its meaning. The same question gives the same order."""
        ...

    def find_similar(self, paper: int, *, limit: int) -> list[int]:
        """The papers most like one, best first; none where it is not known."""
        ...


@cache
def load_engine() -> Engine:
    """The engine of the settings, one per process."""
    engine: Engine = import_string(settings.SEARCH_ENGINE)()
    return engine
