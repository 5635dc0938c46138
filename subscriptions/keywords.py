"""Reads a reader's keywords: words or phrases to follow, with a leading minus or "not" to mute."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest.papers.text import clean_line

MOST_KEYWORDS = 20
LONGEST_KEYWORD = 60
MUTING = re.compile(r"[-\N{MINUS SIGN}\N{EN DASH}]|not ", re.IGNORECASE)
BETWEEN = re.compile(r"[;,\r\n]+")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase to look for in papers; a muted one keeps papers away."""

    text: str
    muted: bool = False


def parse_keywords(text: str) -> tuple[Keyword, ...]:
    """Keywords split at `;`, `,` or line ends, each once. Raises `ValueError` with a sentence."""
    found: dict[str, Keyword] = {}
    for piece in map(clean_line, BETWEEN.split(text)):
        mark = MUTING.match(piece)
        muted, word = mark is not None, piece[mark.end() :].strip() if mark else piece
        if len(word) > LONGEST_KEYWORD:
            raise ValueError(f"“{word[:30]}…” is too long: a keyword has at most {LONGEST_KEYWORD} characters.")
        if word:
            found.setdefault(word.casefold(), Keyword(word, muted))
    if len(found) > MOST_KEYWORDS:
        raise ValueError(f"Please give at most {MOST_KEYWORDS} keywords; these are {len(found)}.")
    return tuple(found.values())


def join_keywords(keywords: Iterable[Keyword]) -> str:
    """The text that `parse_keywords` reads back as the same keywords."""
    return "; ".join(f"-{word.text}" if word.muted else word.text for word in keywords)
