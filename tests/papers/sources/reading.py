"""Small ways to read payloads, for the tests of this folder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digest.papers.sources.base import Item, Record
from digest.papers.sources.registry import FORMATS

PAYLOADS = Path(__file__).parents[2] / "payloads" / "sources"
TITLE = "How Rivers Remember: Sediment as a Slow Archive"


def read_payload(kind: str, name: str) -> list[Item]:
    return read_bytes(kind, (PAYLOADS / name).read_bytes())


def read_bytes(kind: str, data: bytes) -> list[Item]:
    return list(FORMATS[kind].read(io.BytesIO(data)))


def records_of(items: Sequence[Item]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


def told(record: Record) -> dict[str, Any]:
    """The fields that a record tells, without its place."""
    found = {name: getattr(record, name) for name in record.__slots__ if name != "line"}
    return {name: value for name, value in found.items() if value not in ("", (), None, False)}
