"""Filters of the templates: lines of at most 78 columns, and the language of a line."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from digest.rendering.cleaning import width_of
from digest.rendering.plaintext import COLUMNS, wrap
from digest.rendering.scripts import is_backward, tell_language

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


@register.filter
def tongue(text: object) -> SafeString:
    """Give the attributes of an element that holds a line of another language than the letter's own.

    The direction is written out: Outlook knows no `auto`.
    """
    language = tell_language(str(text))
    direction = ' dir="rtl"' if is_backward(language) else ""
    return SafeString(f' lang="{language}"{direction}' if language else "")
