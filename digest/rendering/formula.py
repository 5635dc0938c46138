r"""One LaTeX formula as Unicode: `O(n\log n)` becomes "O(n log n)". What is not understood stays readable."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

import unicodeit
from pylatexenc.latex2text import LatexNodes2Text

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
WRAPPERS = re.compile(
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
STAND_INS = re.compile("[\ue000-\ue003]")


@lru_cache(maxsize=4096)
def plain_formula(source: str) -> str:
    """Return the formula, without its dollars, as Unicode. Never raises."""
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
        formula = WRAPPERS.sub(r"\1", formula)
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
