"""CSS from a style block into style attributes. The only place that knows premailer, and so where to replace it."""

from __future__ import annotations

import logging
import re
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

_KEPT = re.compile(r'(?<=<style data-premailer="ignore">)[^<]+')
# White space that CSS does not need; before a colon it may part two selectors.
_BLANKS = re.compile(r"\s*([{};,])\s*|(?<=:)\s+|\s+(?=!)")


def inline_css(html: str) -> str:
    """Return the document with its CSS inlined. A style block with `data-premailer="ignore"` stays, set tight.

    Deterministic and offline. Takes milliseconds: call it once per template, not once per message.
    """
    inliner = Premailer(_KEPT.sub(lambda kept: set_tight(kept[0]), html), **_OPTIONS)
    # Most of its time goes into reading the same few rules again for every document.
    inliner._parse_style_rules = _parse_rules  # noqa: SLF001 - it offers no public place for a cache
    return str(inliner.transform(pretty_print=False))


def set_tight(css: str) -> str:
    """Return the style sheet without the blanks that only people need: every mail carries it."""
    return _BLANKS.sub(lambda found: found[1] or "", css).replace(";}", "}").strip()


@lru_cache(maxsize=16)
def _parse_rules(css: str, index: int) -> tuple[list[Any], list[Any]]:
    """Parse a style block; premailer only reads the two lists it gets."""
    rules, leftover = Premailer("", **_OPTIONS)._parse_style_rules(css, index)  # noqa: SLF001 - as above
    return rules, leftover
