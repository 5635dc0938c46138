"""A digest's entries as they are stored: made once for all readers who get a paper for the same reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from digest.ranking.shapes import Reason


class Entry(dict[str, Any]):
    """A paper and its reasons, shared by many digests: not to be changed. `text` is its JSON."""

    text: str


@lru_cache(maxsize=50_000)
def make_entry(paper: int, reasons: tuple[Reason, ...], ranker: str = "") -> Entry:
    """The entry of a paper, with the name of the ranker that chose it where two are compared."""
    told: list[dict[str, str | int]] = [
        {name: value for name, value in reason._asdict().items() if value} for reason in reasons
    ]
    entry = Entry(paper=paper, reasons=told, **({"ranker": ranker} if ranker else {}))
    entry.text = json.dumps(entry, separators=(",", ":"))
    return entry


def write_entries(entries: Iterable[dict[str, Any]]) -> str:
    """The entries of one digest as JSON."""
    texts = [entry.text if isinstance(entry, Entry) else json.dumps(entry) for entry in entries]
    return f"[{','.join(texts)}]"
