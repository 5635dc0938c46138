"""What the panel above an edition's form and its preview say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from digest.composing.editions import audience, find_problems
from digest.composing.models import Edition
from digest.composing.periods import describe_period
from digest.composing.presentation import present_edition
from digest.composing.unapproved import rule_for
from digest.rendering.render import render_digest

# Gmail cuts a mail off here.
CLIP_BYTES = 102_000


def describe_edition(edition: Edition) -> dict[str, Any]:
    """Where it stands, what is in the way, and how many readers would get it or still will."""
    return {
        "edition": edition,
        "edition_words": describe_period(edition.period),
        "edition_problems": find_problems(edition=edition),
        "edition_audience": audience(edition=edition),
        "edition_is_draft": edition.state == Edition.State.DRAFT,
        "edition_is_cancelled": edition.state == Edition.State.CANCELLED,
        "edition_rule": rule_for(edition.kind),
    }


def describe_preview(edition: Edition, *, now: datetime) -> dict[str, Any]:
    """The mail of an edition, by the same steps as the send, and its size."""
    mail = render_digest(present_edition(edition, now=now))
    size = len(mail.html.encode())
    return {
        "mail": mail,
        # Links open beside the preview: inside its frame they would find nothing.
        "html": mail.html.replace("<head>", '<head><base target="_blank">', 1),
        "kilobytes": f"{size / 1000:.0f}",
        "is_clipped": size > CLIP_BYTES,
        "problems": find_problems(edition=edition),
    }
