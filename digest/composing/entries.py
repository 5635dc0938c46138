"""A digest's entries as they are stored: made once for all readers who get a paper for the same reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from digest.ranking.shapes import Ranked


class Entry(dict[str, Any]):
    """A paper and its reasons, shared by many digests: not to be changed. `text` is its JSON."""

    text: str


class Choice(list[Entry]):
    """The entries of all readers who are alike, one object for all of them: not to be changed."""


_ENTRY, _TEXT = itemgetter(1), attrgetter("text")


class Entries:
    """The entries of ranked papers, by identity: a ranking gives the same object to all who are told the same."""

    MOST, MOST_CHOICES = 50_000, 10_000

    def __init__(self) -> None:
        self._choices: dict[int, tuple[Sequence[Ranked], Choice]] = {}
        # The ranked paper is held, so that nothing else comes to have its identity.
        self._made: dict[int, tuple[Ranked, Entry]] = {}

    def find_all(self, chosen: Sequence[Ranked]) -> list[Entry]:
        """One entry for each; made where it is not there."""
        try:
            return list(map(_ENTRY, map(self._made.__getitem__, map(id, chosen))))
        except KeyError:
            return [self._make(ranked) for ranked in chosen]

    def find_choice(self, chosen: Sequence[Ranked]) -> Choice:
        """The same for readers who are alike, whose papers are one object."""
        held = self._choices.get(id(chosen))
        if held is not None:
            return held[1]
        if len(self._choices) >= self.MOST_CHOICES:
            self._choices.clear()
        # Another thread may have made it meanwhile, or forget it at once.
        return self._choices.setdefault(id(chosen), (chosen, Choice(self.find_all(chosen))))[1]

    def _make(self, ranked: Ranked) -> Entry:
        if held := self._made.get(id(ranked)):
            return held[1]
        if len(self._made) >= self.MOST:
            self._made.clear()
        return self._made.setdefault(id(ranked), (ranked, make_entry(ranked)))[1]


@lru_cache(maxsize=50_000)
def make_entry(ranked: Ranked, ranker: str = "") -> Entry:
    """The entry of a paper, with the name of the ranker that chose it where two are compared."""
    paper, reasons = ranked
    told: list[dict[str, str | int]] = [
        {name: value for name, value in reason._asdict().items() if value} for reason in reasons
    ]
    entry = Entry(paper=paper, reasons=told, **({"ranker": ranker} if ranker else {}))
    entry.text = json.dumps(entry, separators=(",", ":"))
    return entry


def write_entries(entries: Iterable[dict[str, Any]]) -> str:
    """The entries of one digest as JSON. They are what `make_entry` made."""
    return f"[{','.join(map(_TEXT, entries))}]"
