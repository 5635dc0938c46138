"""What is written alike in all of arXiv's forms: TeX accents in texts, and how authors take a paper back. Pure."""

from __future__ import annotations

import re

from digest.papers.sources.tex import decode_accents

_TEXTS = ("title", "abstract", "venue")
_WITHDRAWN = re.compile(
    r"""(?: (?:this|the|our) \s+ )?
        (?: (?:arxiv\s+)? (?:paper|article|manuscript|submission|work|preprint|version|note) \s+ )?
        (?: (?:has\s+been|was|is) \s+ withdrawn \b
          # Alone it may be about people who are; what follows tells.
          | withdrawn (?= \s* (?:by|due|because|pending) \b | \s* [.,;:] | \s* $ ) )""",
    re.IGNORECASE | re.VERBOSE,
)


def decode_texts(raw: dict[str, object]) -> dict[str, object]:
    """The same values with letters for TeX accents in what people read."""
    named = raw.get("authors")
    texts = {name: decode_accents(value) for name in _TEXTS if isinstance(value := raw.get(name), str)}
    authors = [decode_accents(name) for name in named if isinstance(name, str)] if isinstance(named, list) else named
    return {**raw, **texts, "authors": authors}


def find_withdrawal(*notes: str, day: str) -> str:
    """The day, where the comment or the abstract says that the paper was taken back; else "".

    arXiv keeps such a paper as a further version that begins with these words; nothing else marks it.
    """
    return day if any(_WITHDRAWN.match(note.strip()) for note in notes) else ""
