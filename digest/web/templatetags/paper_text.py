"""Filters that make hostile paper text presentable.

Their results are plain text that templates escape; `formulas` alone gives HTML, escaped piece by piece.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from digest.rendering.mathtext import plain_math, split_formulas

register = template.Library()

NAMES_SHOWN = 4


@register.filter
def math(text: str) -> str:
    """LaTeX as Unicode."""
    return plain_math(text)


@register.filter
def formulas(text: str) -> SafeString:
    """LaTeX as Unicode, each formula in an element that a script may typeset."""
    return format_html_join("", "{}", ((_typesettable(plain, tex),) for plain, tex in split_formulas(text)))


@register.filter
def formula_blocks(text: str) -> SafeString:
    """The same in paragraphs, where the text has blank lines."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return format_html_join("\n", "<p>{}</p>", ((formulas(block),) for block in blocks))


@register.filter
def excerpt(text: str, words: int) -> str:
    """The first words of a text, its formulas as Unicode."""
    return Truncator(plain_math(text)).words(words, truncate="\N{NO-BREAK SPACE}…")


@register.filter
def short_authors(names: object) -> str:
    """The first few names and how many more."""
    shown = [str(name) for name in names] if isinstance(names, (list, tuple)) else []
    # Three names and "1 more" would take as much room as the fourth name.
    if len(shown) <= NAMES_SHOWN + 1:
        return ", ".join(shown)
    return f"{', '.join(shown[:NAMES_SHOWN])} and {len(shown) - NAMES_SHOWN} more"


@register.filter
def https_only(url: str) -> str:
    """The same address if it is a plain https one, else nothing."""
    return url if host_of(url) else ""


@register.filter
def host_of(url: str) -> str:
    """The host that an https address leads to, or nothing. Addresses that hide it behind a user name lead nowhere."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and "@" not in parts.netloc and not parts.port
    except ValueError:
        return ""
    hidden = any(character.isspace() or not character.isprintable() for character in url)
    return (parts.hostname or "") if plain and not hidden and "\\" not in url else ""


def _typesettable(plain: str, tex: str) -> str:
    return format_html('<span class="formula" data-tex="{}">{}</span>', tex, plain) if tex else plain
