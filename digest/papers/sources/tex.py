"""Decodes TeX where a format requires it: accents in mails, all markup in BibTeX. Formulas stay as they are. Pure."""

from __future__ import annotations

import logging
import re

from pylatexenc.latex2text import LatexNodes2Text

# Strangers' macros are no concern of our log.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)

_DECODER = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False)
_FORMULA = re.compile(r"(\$\$.+?\$\$|\$[^$]+\$|\\\(.+?\\\))", re.DOTALL)
_ACCENT = re.compile(
    r"""\{? \\(?: ['`^"~=.] \s* (?: \{ \\?[A-Za-z] \s* \} | \\?[A-Za-z] )
              | [uvHcdbkrt] (?: \{ \\?[A-Za-z] \s* \} | \s+ [A-Za-z] )
              | (?: ss|o|O|l|L|ae|AE|oe|OE|aa|AA|i|j ) (?![A-Za-z]) (?: \s* \{\} | \s )? ) \}?""",
    re.VERBOSE,
)


def decode_accents(text: str) -> str:
    r"""Letters with accents for their TeX forms, like `Tom\'e`; everything else stays."""
    if "\\" not in text:
        return text
    parts = _FORMULA.split(text)
    return "".join(part if place % 2 else _ACCENT.sub(_decode_match, part) for place, part in enumerate(parts))


def decode_tex(text: str) -> str:
    """The text behind TeX markup, without braces and macros; formulas between dollar signs stay. Never raises."""
    if not re.search(r"[\\{}~]", text):
        return text
    # A bare per cent sign would start a comment; in a field it hardly ever means one.
    guarded = re.sub(r"(?<!\\)%", r"\\%", text)
    return _decode(guarded, otherwise=text)


def _decode_match(match: re.Match[str]) -> str:
    found = match[0]
    # Braces belong to the accent only as a pair.
    head = "{" if found.startswith("{") and not found.endswith("}") else ""
    tail = "}" if found.endswith("}") and found.count("}") > found.count("{") else ""
    inner = found[len(head) : len(found) - len(tail)]
    return head + _decode(inner, otherwise=inner) + tail


def _decode(text: str, *, otherwise: str) -> str:
    try:
        return str(_DECODER.latex_to_text(text))
    except (ValueError, TypeError, IndexError, AttributeError, KeyError, RecursionError):
        return otherwise
