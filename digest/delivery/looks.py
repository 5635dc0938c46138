"""One reader's letter of an edition in every form a curator looks at, by the steps of the send. Stores nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default as modern

from django.conf import settings

from digest.composing.models import Digest, Edition
from digest.composing.presentation import present_digest
from digest.composing.preview import open_preview, preview_edition_for
from digest.delivery.ready import build_ready
from digest.ranking.shapes import Taste
from digest.rendering.letter import DigestLetter, RenderedMail
from digest.rendering.render import render_digest, render_quoted_digest
from subscriptions.models import Subscriber

LIGHT, DARK, BARE = "light", "dark", "bare"
# Nothing is loaded into the frame but pictures, and without those not even them.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {}"
_DARK_RULE = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")


@dataclass(frozen=True, slots=True)
class Look:
    """A letter as it would go out."""

    digest: Digest
    letter: DigestLetter
    mail: RenderedMail
    raw: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Each header in the order of the wire, as a person reads it."""
        message = message_from_bytes(self.raw, policy=modern)
        return [(name, str(value)) for name, value in message.items()]


def look_at(
    edition: Edition, subscriber: Subscriber, *, now: datetime, taste: Taste | None = None, with_links: bool = False
) -> Look | None:
    """What this reader would get; None where that is nothing.

    The reader's own links open their page to whoever holds them, so without `with_links` others stand there.
    """
    digest = preview_edition_for(subscriber, edition, now=now, taste=taste)
    if not digest.entries:
        return None
    letter = present_digest(digest, open_preview(digest))
    letter = letter if with_links else hide_links(letter)
    raw = build_ready(digest=digest, mail=render_quoted_digest(letter), leave_url=letter.leave_url, now=now).content
    return Look(digest, letter, render_digest(letter), raw)


def hide_links(letter: DigestLetter) -> DigestLetter:
    """The letter with links that lead nowhere in place of its reader's own."""
    return replace(
        letter,
        manage_url=f"{settings.SITE_URL}/manage/preview/",
        leave_url=f"{settings.SITE_URL}/leave/preview/",
        digest_url=f"{settings.SITE_URL}/digest/preview" if letter.digest_url else "",
    )


def frame(html: str, *, look: str) -> str:
    """The HTML for a sandboxed frame: links open beside it, dark mode as asked, pictures left out for `bare`."""
    pictures = "'none'" if look == BARE else "https: data:"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(pictures)}">'
    html = _DARK_RULE.sub("@media all" if look == DARK else "@media not all", html)
    return html.replace("<head>", f'<head>{policy}<base target="_blank">', 1)
