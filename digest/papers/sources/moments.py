"""Reads moments and days as feeds, mails and reference managers write them. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

_ROUGH = re.compile(r"([0-9]{4})(?:[/-]([0-9]{1,2}))?(?:[/-]([0-9]{1,2}))?(?![0-9])")


def read_feed_moment(text: str) -> datetime | None:
    """A moment as RSS or Atom write it, in its own zone; None where it is none."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def first_day(text: str) -> str:
    """The first day of what is told: "2025/03/07/other", "2025-3" or "2025"; "" where people wrote something else."""
    parts = _ROUGH.match(text.strip())
    return f"{parts[1]}-{int(parts[2] or 1):02}-{int(parts[3] or 1):02}" if parts else ""


def day_of_parts(found: object) -> str:
    """The first day of [[2025, 3, 7]], [[2025, 3]] or [["2025"]], as Crossref and CSL write dates; "" for others."""
    parts = found[0] if isinstance(found, list) and found and isinstance(found[0], list) else []
    texts = [str(part) for part in parts[:3] if isinstance(part, int | str)]
    return first_day("-".join(texts))
