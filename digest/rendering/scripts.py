"""The language and direction of a line, told by its script: for voices, fonts and old mail programs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

# What the names of letters begin with, and the language that is written so.
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "ARABIC": "ar",
    "HEBREW": "he",
    "THAI": "th",
    "GREEK": "el",
    "DEVANAGARI": "hi",
}
_BACKWARD = {"ar", "fa", "he"}
_PERSIAN = re.compile("[پچژگ]")
_LATIN = re.compile("[\x00-\u036f\u2000-\u2bff]*")


@lru_cache(maxsize=4096)
def tell_language(text: str) -> str:
    """The language that most letters are in, as a tag; "" where it is English or any other in Latin letters."""
    if _LATIN.fullmatch(text):
        return ""
    letters = [character for character in text if character.isalpha()]
    counts = Counter(_SCRIPTS.get(_name_script(character), "") for character in letters)
    if counts["ja"]:
        # Japanese mixes in the signs that Chinese is made of.
        counts["ja"] += counts.pop("zh", 0)
    language, count = counts.most_common(1)[0] if counts else ("", 0)
    if count * 2 <= len(letters):
        return ""
    return "fa" if language == "ar" and _PERSIAN.search(text) else language


def is_backward(language: str) -> bool:
    """Whether it runs from right to left."""
    return language in _BACKWARD


def _name_script(character: str) -> str:
    return re.split("[ -]", unicodedata.name(character, ""), maxsplit=1)[0]
