"""Setting of plain text: paragraphs of at most 78 columns, wide characters counted as two. Knows no templates."""

from __future__ import annotations

import re

from digest.rendering.cleaning import cut, width_of

COLUMNS = 78
# Words; and, because scripts without spaces break between any two, single wide characters.
# Closing punctuation stays with what stands before it.
_WIDE = (
    "\u1100-\u115f\u2e80-\u3000\u3003-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    "\ufe30-\ufe6f\uff02-\uff60\uffe0-\uffe6"
)
_CLOSING = "、。，．：；？！）］｝」』】》〉…"
# What stands behind a no-break space stays as well.
_PIECE = re.compile(rf"[^\S\u00a0]+|[{_WIDE}][{_CLOSING}]*|(?:[^\s{_WIDE}]|\u00a0)+[{_CLOSING}]*")


def wrap(text: str, *, indent: str = "", first: str | None = None) -> str:
    """Return the paragraph broken into lines. A URL wider than a line gets one of its own and stays whole.

    `indent` opens every line, `first` the first one instead.
    """
    opening = indent if first is None else first
    room = COLUMNS - max(width_of(opening), width_of(indent))
    if width_of(text) <= room:
        return opening + " ".join(text.split())
    lines: list[str] = []
    line = gap = ""
    for piece in _PIECE.findall(text.strip()):
        if piece.isspace():
            gap = " "
            continue
        for part in _fit(piece, room):
            if line and width_of(line + gap + part) > room:
                lines.append(line)
                line = part
            else:
                line += gap + part
            gap = ""
    lines.append(line)
    return opening + f"\n{indent}".join(lines)


def list_link(url: str, *, number: str, label: str, apart: bool = False) -> str:
    """Return "[3] Code: https://…", the URL on a line of its own where both do not fit, or always."""
    # The number may still be a mark in a compiled letter; it is never wider than this.
    opening_width = len("[100] : ")
    fits = not apart and opening_width + len(label) + len(url) <= COLUMNS
    gap = " " if fits else "\n    "
    return f"[{number}] {label}:{gap}{url}"


def _fit(piece: str, columns: int) -> list[str]:
    """Cut a word wider than a line into parts that fit, unless it is a URL."""
    if "://" in piece or width_of(piece) <= columns:
        return [piece]
    parts = []
    while piece:
        part = cut(piece, columns=columns) or piece[0]
        parts.append(part)
        piece = piece[len(part) :]
    return parts
