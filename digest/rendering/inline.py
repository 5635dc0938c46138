"""CSS from a style block into style attributes. The only place that knows premailer, and so where to replace it."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from premailer import Premailer

_OPTIONS: dict[str, Any] = {
    "allow_network": False,
    "preserve_internal_links": True,
    # Every link is absolute already.
    "disable_link_rewrites": True,
    "disable_validation": True,
    "disable_leftover_css": True,
    "strip_important": False,
    # Attributes such as width="100%" are written by hand where Outlook needs them.
    "disable_basic_attributes": ["width", "height", "bgcolor", "align", "valign"],
    "cssutils_logging_level": logging.CRITICAL,
}


def inline_css(html: str) -> str:
    """Return the document with its CSS inlined. A style block with `data-premailer="ignore"` stays as written.

    Deterministic and offline. Takes milliseconds: call it once per template, not once per message.
    """
    inliner = Premailer(html, **_OPTIONS)
    # Most of its time goes into reading the same few rules again for every document.
    inliner._parse_style_rules = _parse_rules  # noqa: SLF001 - it offers no public place for a cache
    return str(inliner.transform(pretty_print=False))


@lru_cache(maxsize=16)
def _parse_rules(css: str, index: int) -> tuple[list[Any], list[Any]]:
    """Parse a style block; premailer only reads the two lists it gets."""
    rules, leftover = Premailer("", **_OPTIONS)._parse_style_rules(css, index)  # noqa: SLF001 - as above
    return rules, leftover
