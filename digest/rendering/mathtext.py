r"""LaTeX to Unicode for mail, where no formula can be typeset: `$O(n\log n)$` becomes "O(n log n)".

Best effort with a safe fallback: what is not understood stays readable, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.rendering.formula import STAND_INS, plain_formula
from digest.rendering.prose import plain_prose

# A formula has no space inside its dollars and no digit after the closing one: "$5 and $10" is money.
# One that opens with a command may be followed by a digit: "$\\sim$5".
_FORMULA = re.compile(
    r"(?<!\\)(\${1,2})(?![\s$])((?:\\.|[^$\\]){1,400}?)(?<!\s)\1(?!\d)|\\\((.{1,400}?)\\\)|\$(\\[A-Za-z]+)\$"
)

# Without any of these there is nothing to do.
_TELLING = re.compile(r"[$\\^_{]|--|``")


def plain_math(text: str) -> str:
    """Return the text with LaTeX turned to Unicode, in formulas and outside them. Never raises."""
    if not _TELLING.search(text):
        return text
    text = STAND_INS.sub("", text)
    parts: list[str] = []
    end = 0
    for match in _FORMULA.finditer(text):
        parts += [plain_prose(text[end : match.start()]), plain_formula(match[2] or match[3] or match[4])]
        end = match.end()
    return "".join([*parts, plain_prose(text[end:])])


def split_formulas(text: str) -> Iterator[tuple[str, str]]:
    """Give the text in pieces, each as Unicode with the LaTeX of its formula; the latter "" for prose."""
    text = STAND_INS.sub("", text)
    end = 0
    for match in _FORMULA.finditer(text):
        formula = match[2] or match[3] or match[4]
        yield plain_prose(text[end : match.start()]), ""
        yield plain_formula(formula), formula
        end = match.end()
    yield plain_prose(text[end:]), ""
