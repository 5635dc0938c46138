"""Runs the email templates through Django's engine: escaping for HTML, none for text, where it would show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.template import Context, Engine


def render_html(name: str, context: Mapping[str, object]) -> str:
    """Return the template under `templates/emails/` with its values escaped."""
    return _engine(escape=True).get_template(f"emails/{name}").render(Context(dict(context)))


def render_text(name: str, context: Mapping[str, object]) -> str:
    """Return the template under `templates/emails/` with its values as they are."""
    return _engine(escape=False).get_template(f"emails/{name}").render(Context(dict(context), autoescape=False))


@lru_cache(maxsize=2)
def _engine(*, escape: bool) -> Engine:
    return Engine(dirs=Engine.get_default().dirs, autoescape=escape, builtins=["digest.rendering.filters"])
