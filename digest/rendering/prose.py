"""LaTeX outside formulas: accents, a few commands, quotes and dashes, and scripts that stand without dollars."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import unicodeit

from digest.rendering.formula import WRAPPERS, plain_formula

_ACCENT = re.compile(r"\{?\\([\"'`^~=.]|[uvHckr](?![A-Za-z]))\s*(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))\}?")
_MARKS = dict(
    zip("\"'`^~=.uvHckr", "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0306\u030c\u030b\u0327\u0328\u030a", strict=True)
)
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "aa": "å",
    "AA": "Å",
}
_LETTER = re.compile(r"\{?\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])(?:\{\}|\}|\s)?")
_COMMAND = re.compile(r"\\[A-Za-z]+")


# Words that authors give a command of their own.
_SHORT = {"eg": "e.g.", "ie": "i.e.", "etal": "et al.", "etc": "etc.", "vs": "vs.", "cf": "cf.", "wrt": "w.r.t."}
# A command of the author's own making, whose meaning the paper keeps; a folder's name is none.
_OWN_COMMAND = re.compile(r"(?<![^\s(“\"'])\\([A-Za-z]{2,})(?:\{\}|\\(?=\s))?(?=[\s.,;:!?)”\"'-]|$)")
_COLOUR = re.compile(r"\\(?:text|f|page)?color(?:box)?\{[^{}]*\}")
_LINK = re.compile(r"\\href\{[^{}]*\}\{([^{}]*)\}|\\url\{([^{}]*)\}")
_SWITCH = re.compile(r"\{\\(?:it|bf|em|tt|sc|sl|rm|sf)\s+([^{}]*)\}")
# Braces that keep one word's capitals, as bibliographies have them; a set such as {0, 1} is more than a word.
_BRACED_WORD = re.compile(r"(?<![\w{^_\\}])\{(\w[\w.+-]*)\}(?![\w{}])")
# A single letter with a script, or a power of anything, where the dollars were lost: π_{0.5}, K_t, 1024^2.
_SCRIPT = r"(?:\{[^{}\s]{1,30}\}|\d+(?!\w)|[A-Za-z](?!\w))"
_BARE_SCRIPTS = re.compile(
    rf"\S*://\S*|(?<![\w/.:@\\{{}}-])([A-Za-zα-ωΑ-Ω])((?:_{_SCRIPT}|\^{_SCRIPT})+)(?![\w/_^])|(?<=[\w)])\^(\d{{1,2}})(?!\d|\.\d)"
)
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_prose(text: str) -> str:
    """Return the text between formulas as Unicode. Never raises."""
    text = re.sub(r"``(.+?)''", r"“\1”", text)
    text = re.sub(r"(?<=[^\W_])--(?=[^\W_])|(?<=%)--(?=\d)|(?<=\s)--(?=\s)", "–", text)
    text = re.sub(r"(?<=\w)---(?=\w)|(?<=\s)---(?=\s)", "—", text)
    if "\\" in text:
        text = _plain_commands(text)
    if "^" in text or "_" in text:
        text = _BARE_SCRIPTS.sub(_raise_or_lower, text)
    return re.sub(r"(?<=\d)\{,\}(?=\d)", ",", _BRACED_WORD.sub(r"\1", text)) if "{" in text else text


def _plain_commands(text: str) -> str:
    text = _ACCENT.sub(_compose_accent, text)
    text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
    text = _LINK.sub(r"\1\2", _SWITCH.sub(r"\1", _COLOUR.sub("", text))).replace("\\nobreakdash", "")
    text = WRAPPERS.sub(r"\1", text)
    text = _OWN_COMMAND.sub(_spell_own, _COMMAND.sub(_name_symbol, text))
    text = re.sub(r"\\([%&#_${}])", r"\1", text)
    # Spaces of every width; a line's end never stands in one.
    return re.sub(r"(?<=[\w.)])\\[,;: ](?=\S|$)", " ", text)


def _spell_own(match: re.Match[str]) -> str:
    return _SHORT.get(match[1], match[1])


def _raise_or_lower(match: re.Match[str]) -> str:
    if match[3]:
        return match[3].translate(_POWERS)
    # What is left are addresses, which stay as they are.
    return plain_formula(match[1] + match[2]) if match[1] else match[0]


def _compose_accent(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", (match[2] or match[3]) + _MARKS[match[1]])


def _name_symbol(match: re.Match[str]) -> str:
    symbol = _look_up(match[0])
    return symbol if len(symbol) == 1 else match[0]


@lru_cache(maxsize=1024)
def _look_up(command: str) -> str:
    return str(unicodeit.replace(command))
