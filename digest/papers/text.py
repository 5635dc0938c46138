"""Cleans text from outside: composed, no control or direction-changing characters, even white space.

It makes text safe to store and to show as text. It does not escape for HTML; templates do.
"""

from __future__ import annotations

import re
import unicodedata

# Characters that hide or reorder what stands beside them, next to the Unicode classes below:
# zero-width space, word joiner and byte mark; the joiners U+200C and U+200D stay, scripts need them.
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u061c\u200e\u200f") | {chr(n) for n in (*range(0x202A, 0x202F),)}
_INVISIBLE |= {chr(n) for n in (*range(0x2066, 0x206A), *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))}
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")


def clean_line(text: str) -> str:
    """The text on one line, without characters that hide, reorder or control."""
    if not text:
        return text
    words = unicodedata.normalize("NFC", text).split()
    line = " ".join(words)
    # Nearly every line is printable as it stands, which is known at once; the rest goes letter by letter.
    if line.isprintable():
        return line
    return " ".join(kept for word in words if (kept := _strip(word)))


def clean_text(text: str) -> str:
    """The same for longer text, where an empty line between paragraphs stays."""
    even = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n\n")
    paragraphs = (clean_line(part) for part in _PARAGRAPH.split(even))
    return "\n\n".join(part for part in paragraphs if part)


def shorten(text: str, length: int) -> str:
    """The text, cut at a word and marked with an ellipsis where it is longer than `length` characters."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rpartition(" ")[0] or head).rstrip() + "…"


def _strip(word: str) -> str:
    # Cc control, Cs half of a pair, Cn no character at all.
    return "".join(
        letter for letter in word if letter not in _INVISIBLE and unicodedata.category(letter) not in {"Cc", "Cs", "Cn"}
    )
