r"""LaTeX to Unicode for mail, where no formula can be typeset: `$O(n\log n)$` becomes "O(n log n)".

Best effort with a safe fallback: what is not understood stays readable, and nothing raises.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import unicodeit
from pylatexenc.latex2text import LatexNodes2Text

# A formula has no space inside its dollars and no digit after the closing one: "$5 and $10" is money.
# One that opens with a command may be followed by a digit: "$\\sim$5".
_FORMULA = re.compile(
    r"(?<!\\)(\${1,2})(?![\s$])((?:\\.|[^$\\]){1,400}?)(?<!\s)\1(?!\d)|\\\((.{1,400}?)\\\)|\$(\\[A-Za-z]+)\$"
)
_MAX_BRACES = 40
# It would write every paper's mistakes, and so strangers' text, into our log.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)

# Word-like names first: later steps would read `\log` as a letter and its neighbours as one word.
_FUNCTIONS = re.compile(
    r"(?<=([\w)}]))?\\(arg\s*\\?max|arg\s*\\?min|arccos|arcsin|arctan|arg|cosh|cos|cot|deg|det|dim|exp|gcd|inf|ker|"
    r"lim|liminf|limsup|ln|log|max|min|mod|Pr|sec|sinh|sin|softmax|sup|tanh|tan)(?![A-Za-z])\s*(?=([A-Za-z0-9\\]))?"
)
_LOOKS = re.compile(r"\\(?:left|right|[bB]ig{1,2}[lr]?|displaystyle|textstyle|limits|nolimits)(?![A-Za-z])|\\!")
_SPACES = re.compile(r"\\(?:quad|qquad)(?![A-Za-z])|\\[,;: ]|~")
_WRAPPERS = re.compile(
    r"\\(?:text(?:bf|it|tt|rm|sc|sf|normal)?|emph|underline|operatorname\*?|mbox|boldsymbol|bm|math(?:rm|bf|it|cal|frak|sf|tt|scr|"
    r"bb(?!\{[CHNPQRZ]\})))\s*\{([^{}]*)\}"
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
# A raised or lowered group with a sign that has no raised form, such as the slash of `d^{3/2}`.
_STIFF_SCRIPT = re.compile(r"([\^_])\{([^{}]*[^\w+\-=(){}\\][^{}]*)\}")
_LEFT_SCRIPT = re.compile(r"([\^_])\{([^{}]*)\}")
_NAMED_SCRIPTS = {r"^\circ": "°", r"^{\circ}": "°", r"^\top": "ᵀ", r"^{\top}": "ᵀ", r"^\prime": "′", r"^{\prime}": "′"}

# Stand-ins for signs that must come through untouched; cleaned out of what comes in.
_KEPT = {r"\{": "\ue000", r"\}": "\ue001", r"\$": "$", r"\%": "%", r"\&": "&", r"\#": "#", r"\_": "\ue002"}
_BACK = str.maketrans({"\ue000": "{", "\ue001": "}", "\ue002": "_", "\ue003": "^", "{": None, "}": None})
_STAND_INS = re.compile("[\ue000-\ue003]")

# LaTeX outside formulas: accents, a few commands, quotes and dashes.
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


def plain_math(text: str) -> str:
    """Return the text with LaTeX turned to Unicode, in formulas and outside them. Never raises."""
    if "$" not in text and "\\" not in text and "--" not in text and "``" not in text:
        return text
    text = _STAND_INS.sub("", text)
    parts: list[str] = []
    end = 0
    for match in _FORMULA.finditer(text):
        parts += [_plain_prose(text[end : match.start()]), _plain_formula(match[2] or match[3] or match[4])]
        end = match.end()
    return "".join([*parts, _plain_prose(text[end:])])


def split_formulas(text: str) -> Iterator[tuple[str, str]]:
    """Give the text in pieces, each as Unicode with the LaTeX of its formula; the latter "" for prose."""
    text = _STAND_INS.sub("", text)
    end = 0
    for match in _FORMULA.finditer(text):
        formula = match[2] or match[3] or match[4]
        yield _plain_prose(text[end : match.start()]), ""
        yield _plain_formula(formula), formula
        end = match.end()
    yield _plain_prose(text[end:]), ""


@lru_cache(maxsize=4096)
def _plain_formula(source: str) -> str:
    if source.count("{") > _MAX_BRACES:
        return source
    formula = source
    for written, kept in _KEPT.items():
        formula = formula.replace(written, kept)
    for written, sign in _NAMED_SCRIPTS.items():
        formula = formula.replace(written, sign)
    formula = _SPACES.sub(" ", _LOOKS.sub("", formula))
    formula = _open_groups(formula)
    formula = _FUNCTIONS.sub(_spell_function, formula)
    formula = _STIFF_SCRIPT.sub(_keep_script, formula)
    formula = _translate(formula)
    formula = _LEFT_SCRIPT.sub(_keep_script, formula).translate(_BACK)
    return " ".join(formula.split()) or source


def _open_groups(formula: str) -> str:
    """Fractions, roots and wrappers from the inside out; the bound ends hostile nesting."""
    for _ in range(8):
        before = formula
        formula = _WRAPPERS.sub(r"\1", formula)
        formula = _ROOT.sub(lambda match: "√" + _grouped(match[1]), formula)
        formula = _FRACTION.sub(lambda match: f"{_grouped(match[1])}/{_grouped(match[2])}", formula)
        if formula == before:
            break
    return formula


def _grouped(inner: str) -> str:
    return inner if re.fullmatch(r"[\\√]?\w+|.", inner) else f"({inner})"


def _spell_function(match: re.Match[str]) -> str:
    name = re.sub(r"[\s\\]+", "", match[2])
    return f"{' ' if match[1] else ''}{name}{' ' if match[3] else ''}"


def _keep_script(match: re.Match[str]) -> str:
    sign = "\ue003" if match[1] == "^" else "\ue002"
    return sign + (match[2] if len(match[2]) == 1 else f"({match[2]})")


def _translate(formula: str) -> str:
    if not re.search(r"[\\^_]", formula):
        return formula
    try:
        formula = str(unicodeit.replace(formula))
        if "\\" in formula:
            formula = str(LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(formula))
    except Exception:  # noqa: BLE001 - two foreign parsers on hostile text; a formula must not stop a digest
        return formula.replace("\\", "")
    return formula.replace("\\", "")


def _plain_prose(text: str) -> str:
    text = re.sub(r"``(.+?)''", r"“\1”", text)
    text = re.sub(r"(?<=[^\W_])--(?=[^\W_])|(?<=\s)--(?=\s)", "–", text)
    text = re.sub(r"(?<=\w)---(?=\w)|(?<=\s)---(?=\s)", "—", text)
    if "\\" not in text:
        return text
    text = _ACCENT.sub(_compose_accent, text)
    text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
    text = re.sub(r"\\([%&#_${}])", r"\1", _WRAPPERS.sub(r"\1", text))
    return _COMMAND.sub(_name_symbol, text)


def _compose_accent(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", (match[2] or match[3]) + _MARKS[match[1]])


def _name_symbol(match: re.Match[str]) -> str:
    symbol = _look_up(match[0])
    return symbol if len(symbol) == 1 else match[0]


@lru_cache(maxsize=1024)
def _look_up(command: str) -> str:
    return str(unicodeit.replace(command))
