"""Splits text into the word pieces of BERT's uncased vocabulary. Pure; remembers the words it has met."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Words, single punctuation signs, and Chinese characters one by one, as the vocabulary was made.
_PART = re.compile(r"[一-鿿㐀-䶿豈-﫿]|[^\W_一-鿿㐀-䶿豈-﫿]+|[^\w\s]|_")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_LONGEST_WORD = 100
_MOST_REMEMBERED = 200_000
UNKNOWN = "[UNK]"


class WordPieces:
    """Greedy longest-match splitter over a vocabulary whose inner pieces start with `##`."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = [self.numbers[UNKNOWN]]
        self._met: dict[str, list[int]] = {}

    def split(self, text: str) -> list[int]:
        """The numbers of a text's pieces, in order, without the model's own marks."""
        pieces: list[int] = []
        for word in _PART.findall(fold(text)):
            found = self._met.get(word)
            if found is None:
                found = self._split_word(word)
                if len(self._met) < _MOST_REMEMBERED:
                    self._met[word] = found
            pieces += found
        return pieces

    def _split_word(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return self._unknown
        pieces: list[int] = []
        start = 0
        while start < len(word):
            end, number = self._longest(word, start)
            if number is None:
                return self._unknown
            pieces.append(number)
            start = end
        return pieces

    def _longest(self, word: str, start: int) -> tuple[int, int | None]:
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            number = self.numbers.get(mark + word[start:end])
            if number is not None:
                return end, number
        return start, None


def fold(text: str) -> str:
    """Small letters without accents."""
    text = text.lower()
    return text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", text))
