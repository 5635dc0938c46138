"""Shows why a paper was found: the part of its abstract that answers, with the words marked."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from digest.ranking.search import list_stems

WORD = re.compile(r"[^\W_]+")
SNIPPET_WORDS = 42
# Some words before the first marked one, for the sense.
LEAD = 8


def mark_words(text: str, words: frozenset[str]) -> SafeString:
    """The text as HTML, escaped, every word whose stem was asked for in <mark>."""
    pieces: list[tuple[str]] = []
    end = 0
    for found in WORD.finditer(text):
        if is_asked_for(found[0], words):
            pieces += [(text[end : found.start()],), (format_html("<mark>{}</mark>", found[0]),)]
            end = found.end()
    return format_html_join("", "{}", [*pieces, (text[end:],)])


def cut_snippet(text: str, words: frozenset[str]) -> str:
    """About forty words around where most of the asked-for ones stand; the beginning where none does."""
    tokens = text.split()
    asked = [_holds_one(token, words) for token in tokens]
    starts = [max(place - LEAD, 0) for place, hit in enumerate(asked) if hit] or [0]
    best = max(starts, key=lambda start: (sum(asked[start : start + SNIPPET_WORDS]), -start))
    cut = " ".join(tokens[best : best + SNIPPET_WORDS])
    return f"{'… ' if best else ''}{cut}{' …' if best + SNIPPET_WORDS < len(tokens) else ''}"


def _holds_one(token: str, words: frozenset[str]) -> bool:
    """Whether a token holds an asked-for word; most tokens are one word and nothing else."""
    if token.isalpha():
        return is_asked_for(token, words)
    return any(is_asked_for(word, words) for word in WORD.findall(token))


@lru_cache(maxsize=50_000)
def is_asked_for(word: str, words: frozenset[str]) -> bool:
    """Whether a word has one of the stems."""
    return not words.isdisjoint(_stems_of(word)) if words else False


@lru_cache(maxsize=20_000)
def _stems_of(word: str) -> frozenset[str]:
    return list_stems(word)
