"""Filters of the text templates: lines of at most 78 columns."""

from __future__ import annotations

from django import template

from digest.rendering.cleaning import width_of
from digest.rendering.plaintext import COLUMNS, wrap

register = template.Library()


@register.filter(name="wrap")
def wrap_line(text: object, indent: str = "") -> str:
    """Wrap one paragraph."""
    return wrap(str(text), indent=indent)


@register.filter(name="wrapped")
def wrap_paragraphs(text: object) -> str:
    """Wrap each line of the text on its own."""
    return "\n".join(wrap(line) for line in str(text).split("\n"))


@register.filter
def underlined(text: object) -> str:
    """Set a heading in capitals over a rule."""
    heading = wrap(str(text).upper())
    return f"{heading}\n{'-' * min(COLUMNS, max(map(width_of, heading.splitlines())))}"
