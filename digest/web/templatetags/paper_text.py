"""Filters that make hostile paper text presentable. None marks its result safe: templates escape it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import template
from django.utils.text import Truncator

from digest.rendering.mathtext import plain_math

register = template.Library()

NAMES_SHOWN = 4


@register.filter
def math(text: str) -> str:
    """LaTeX as Unicode."""
    return plain_math(text)


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
