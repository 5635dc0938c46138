"""Finds words and phrases in many texts, as a whole, letter case aside; English plurals too unless quoted. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ranking.words import UNSPACED

Places = NDArray[np.intp]
NOWHERE: Places = np.array([], dtype=np.intp)
_WORD = re.compile(r"\w+")
_GAP = re.compile(r"[\s\-]+")
# Where no spaces are set, a word ends nowhere: it is found inside of others.
_UNSPACED = re.compile(f"[{UNSPACED}]")
_QUOTED = re.compile("""["“”„«»](.+)["“”„«»]""")
# Words that end so are no plurals.
_SINGULAR = ("ss", "us", "is", "as", "ics")


class Wording:
    """Texts by their words; what was asked for once is remembered."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [text.casefold() for text in texts]
        self._found: dict[str, Places] = {}

    def find(self, keyword: str) -> Places:
        """The places of the texts that hold a word or phrase."""
        if keyword not in self._found:
            self._found[keyword] = self._search(" ".join(keyword.casefold().split()))
        return self._found[keyword]

    def _search(self, folded: str) -> Places:
        quoted = _QUOTED.fullmatch(folded)
        folded = quoted[1].strip() if quoted else folded
        if not folded:
            return NOWHERE
        *others, last = [word for word in _GAP.split(folded) if word] or [folded]
        forms = [last] if quoted else _forms_of(last)
        # Letters and digits must not go on at either end; the words inside may be spaced or hyphenated.
        words = r"[\s\-]+".join([*map(re.escape, others), f"(?:{'|'.join(map(re.escape, forms))})"])
        start, end = (
            "" if _UNSPACED.match(sign) else rf"(?{side}!\w)" for sign, side in ((folded[0], "<"), (folded[-1], ""))
        )
        pattern = re.compile(f"{start}{words}{end}")
        phrases = [" ".join([*others, form]) for form in forms]
        holding = sorted({place for phrase in phrases for place in self._holding(phrase)})
        return np.array([place for place in holding if pattern.search(self._texts[place])], dtype=np.intp)

    def _holding(self, folded: str) -> Iterable[int]:
        """The texts that hold all its words: few, so that the pattern need not run over all."""
        words = set(_WORD.findall(folded))
        if not words or _UNSPACED.search(folded):
            return range(len(self._texts))
        return set.intersection(*(self._by_word.get(word, set()) for word in words))

    @cached_property
    def _by_word(self) -> dict[str, set[int]]:
        by_word: dict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(self._texts):
            for word in set(_WORD.findall(text)):
                by_word[word].add(place)
        return dict(by_word)


def _forms_of(word: str) -> list[str]:
    """A word in the singular and the plural: "agent" is meant to find "agents". Alone where it is no English word."""
    if not (word.isascii() and word.isalpha()) or len(word) == 1:
        return [word]
    if word.endswith("ies"):
        return [word, f"{word[:-3]}y"]
    if word.endswith("s") and not word.endswith(_SINGULAR):
        return [word, word[:-1], *([word[:-2]] if word.endswith("es") else [])]
    if word.endswith("y") and word[-2] not in "aeiou":
        return [word, f"{word[:-1]}ies"]
    return [word, f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"]
