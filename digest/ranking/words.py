"""Splits text into stems and adjacent pairs of stems, the features that word scores count. Pure."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

# Signs of scripts that set no spaces between words are taken one by one; their pairs are close to words.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_STEMMER = snowballstemmer.stemmer("english")
# So frequent in any text that they tell nothing about it.
STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "do",
        "does",
        "each",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "here",
        "how",
        "however",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "more",
        "most",
        "no",
        "nor",
        "not",
        "of",
        "on",
        "one",
        "only",
        "or",
        "other",
        "our",
        "over",
        "own",
        "same",
        "several",
        "should",
        "since",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "thus",
        "to",
        "two",
        "under",
        "up",
        "upon",
        "use",
        "used",
        "using",
        "very",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
    ]
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one folded word."""
    return str(_STEMMER.stemWord(word))


def split_words(text: str) -> list[str]:
    """The folded words of a text in order, stop words included."""
    return _WORD.findall(text.casefold())


def split_stems(text: str) -> list[str]:
    """The stems of a text in order, stop words left out."""
    return [stem(word) for word in split_words(text) if word not in STOP_WORDS]


def count_features(text: str, *, pairs: bool = True) -> Counter[str]:
    """How often each stem, and each pair of neighbours as "one two", occurs in a text."""
    stems = split_stems(text)
    counts = Counter(stems)
    if pairs:
        counts.update(f"{first} {second}" for first, second in pairwise(stems))
    return counts
