"""Excerpts of abstracts: cut where a sentence or a word ends, and before what spam filters take for word salad.

SpamAssassin charges for long rows of long words (LONGWORDS) once two of its three measures find some anywhere in a
mail. Here two never do, so no choice of papers costs points; what is cut is a click away.
"""

from __future__ import annotations

import re

from digest.rendering.cleaning import SENTENCE_END, clean_line, shorten, width_of
from digest.rendering.mathtext import plain_math

# Six words of eight letters, or nine of six; the group is the last of them. A third measure, ten of five letters,
# is left alone: prose has those most often, and by itself it costs nothing.
_ROWS = (re.compile(r"\b(?:([a-z]{8,})[\s.]+){6}", re.ASCII), re.compile(r"\b(?:([a-z]{6,})[\s.]+){9}", re.ASCII))
# Narrower excerpts say too little about a paper.
LEAST_COLUMNS = 80


def make_excerpt(text: str, *, columns: int) -> str:
    """Return a paper's abstract as a plain line of at most so many columns; see `before_row`."""
    return before_row(_plain_line(text, columns=columns), columns=columns) if columns else ""


def make_note(text: str, *, columns: int) -> str:
    """Return curators' words as a plain line of at most so many columns; these are cut for length alone."""
    return shorten(_plain_line(text, columns=columns), columns=columns) if columns else ""


def before_row(line: str, *, columns: int) -> str:
    """Return the line's beginning that fits and has no long row of long words.

    Where such a row leaves too little before it, the excerpt starts after the sentence it stands in.
    """
    excerpt = shorten(line, columns=columns)
    place = find_row(excerpt)
    if place is None:
        return excerpt
    beginning = shorten(line, columns=width_of(line[:place]))
    stop = SENTENCE_END.search(line, place)
    if width_of(beginning) >= LEAST_COLUMNS or stop is None:
        return beginning
    later = f"… {before_row(line[stop.end() :].lstrip(), columns=columns - 2)}"
    return max(beginning, later, key=width_of)


def find_row(text: str) -> int | None:
    """Return where the word stands that completes the first row; None where there is no row."""
    return min((found.start(1) for row in _ROWS if (found := row.search(text))), default=None)


def _plain_line(text: str, *, columns: int) -> str:
    # What lies far behind the cut need not be read; LaTeX shrinks, but not tenfold.
    beginning = re.sub(r"\s+", " ", text[: columns * 10])
    return clean_line(plain_math(beginning), limit=columns * 10)
