"""What the panel above an edition's form and its preview say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from digest.composing.editions import audience, find_problems, readers_of
from digest.composing.models import Edition
from digest.composing.periods import describe_period
from digest.composing.presentation import present_digest, present_edition
from digest.composing.preview import open_preview, preview_edition_for
from digest.composing.unapproved import rule_for
from digest.rendering.render import render_digest
from subscriptions.models import Subscriber

# Gmail cuts a mail off here.
CLIP_BYTES = 102_000
# So many readers' letters are written out to see how long they get.
FEW = 5


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


def measure_letters(edition: Edition, *, now: datetime) -> list[tuple[str, int, bool]]:
    """The bytes of HTML of the picks alone, and of the longest letters of a few readers; whether each is clipped."""
    alone = len(render_digest(present_edition(edition, now=now)).html.encode())
    some = readers_of(edition=edition).order_by("-paper_limit", "id")[:FEW]
    sizes = [size for reader in some if (size := _size_for(reader, edition, now))]
    rows = [("the picks alone", alone), *([("the longest of a few readers’", max(sizes))] if sizes else [])]
    return [(name, size, size > CLIP_BYTES) for name, size in rows]


def _size_for(reader: Subscriber, edition: Edition, now: datetime) -> int:
    digest = preview_edition_for(reader, edition, now=now)
    return len(render_digest(present_digest(digest, open_preview(digest))).html.encode()) if digest.entries else 0
