"""The front door: a letter in, a subject, a text part and an HTML part out. The same letter gives the same bytes."""

from __future__ import annotations

from digest.rendering.fill import fill_digest, fill_notice, fill_quoted_digest
from digest.rendering.letter import DigestLetter, NoticeLetter, QuotedMail, RenderedMail


def render_digest(letter: DigestLetter) -> RenderedMail:
    """Return one reader's digest. What it shares with other readers' is made once and kept."""
    return fill_digest(letter)


def render_quoted_digest(letter: DigestLetter) -> QuotedMail:
    """Return the same digest with its parts encoded for the wire; the fastest way."""
    return fill_quoted_digest(letter)


def render_notice(name: str, letter: NoticeLetter) -> RenderedMail:
    """Return the notice whose templates are in `templates/emails/NAME/`; raises TemplateDoesNotExist for others."""
    return fill_notice(name, letter)
