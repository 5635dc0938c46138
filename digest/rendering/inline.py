"""CSS from a style block into style attributes. The only place that knows premailer, and so where to replace it."""

from __future__ import annotations

import logging

from premailer import Premailer


def inline_css(html: str) -> str:
    """Return the document with its CSS inlined. A style block with `data-premailer="ignore"` stays as written.

    Deterministic and offline. Takes milliseconds: call it once per template, not once per message.
    """
    inliner = Premailer(
        html,
        allow_network=False,
        preserve_internal_links=True,
        disable_link_rewrites=True,
        disable_validation=True,
        disable_leftover_css=True,
        strip_important=False,
        # Attributes such as width="100%" are written by hand where Outlook needs them.
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign", "text-align", "vertical-align"],
        cssutils_logging_level=logging.CRITICAL,
    )
    return str(inliner.transform(pretty_print=False))
