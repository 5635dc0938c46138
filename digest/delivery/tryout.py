"""Sends one copy of a letter to the person who asked, through the real provider. No reader's digest is touched."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex

from django.conf import settings
from django.core.mail import get_connection

from digest.composing.models import Digest
from digest.delivery.looks import hide_links
from digest.delivery.message import build_message
from digest.rendering.letter import DigestLetter
from digest.rendering.render import render_digest
from subscriptions.addresses import clean_address
from subscriptions.models import Subscriber

NOTICE = "This is a test. The links that would open a reader’s own page lead nowhere."


def send_copy(letter: DigestLetter, *, address: str) -> None:
    """Hand a copy over now. Raises `ValueError` for an address that cannot be, and what the provider raises."""
    letter = replace(hide_links(letter), kind="test", lead=f"{NOTICE} {letter.lead}".strip())
    person = Subscriber(pk=0, email=clean_address(address))
    message = build_message(
        digest=Digest(subscriber=person),
        mail=render_digest(letter),
        leave_url=letter.leave_url,
    )
    # A name of its own, or mailboxes take the second copy for the first; and no event about it is a digest's.
    message.extra_headers["Message-ID"] = f"<test-{token_hex(12)}@{settings.MAIL_DOMAIN}>"
    message.metadata = {"test": "1"}  # type: ignore[attr-defined]  # an attribute that Anymail reads
    message.connection = get_connection()
    if message.send() != 1:
        raise ConnectionError("The mail server took nothing.")
