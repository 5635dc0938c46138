"""One request for many readers, at providers that fill in slots: for letters that differ in links alone."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import replace

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from digest.composing.book import Book
from digest.composing.presentation import present_digest
from digest.composing.rows import DigestRow
from digest.delivery.headers import MessageRefusedError
from digest.delivery.message import build_message, check_message, personal_headers
from digest.delivery.transport.outcome import Parcel
from digest.rendering.letter import DigestLetter
from digest.rendering.render import render_digest

# How each provider writes a slot in a message of our own, by the backend's name for it.
SLOT_MARKS = {
    "Mailgun": "%recipient.{}%",
    "SparkPost": "{{{{{}}}}}",
    "Brevo": "{{{{params.{}}}}}",
    "Mailjet": "{{{{var:{}}}}}",
}
# So many readers go into one request, and so many can become unknown when its answer is lost.
MOST_READERS = 500
SLOTS = ("leave_url", "manage_url", "digest_url")
STAND_IN = "https://slot.invalid/{}"


class NothingLeftError(Exception):
    """All papers of a digest were hidden or withdrawn since it was composed."""


def likeness(digest: DigestRow) -> Hashable:
    """Digests with the same value give letters that differ in their slots alone."""
    reader = digest.subscriber._replace(pk=0, email="", token_version=0)
    days = (digest.period, digest.edition_id, digest.precedes_edition, digest.first_day, digest.last_day)
    size = (digest.looks_back, digest.more_count)
    return (*days, *size, reader, json.dumps([digest.entries, digest.news], sort_keys=True))


def build_parcel(digests: Sequence[DigestRow], book: Book, provider: str) -> Parcel:
    """The message for digests that are alike; slots are filled in by the provider where there are several."""
    first = digests[0]
    letter = present_digest(first, book)
    if not letter.sections:
        raise NothingLeftError
    if len(digests) == 1:
        message = build_message(digest=first, mail=render_digest(letter), leave_url=letter.leave_url)
        return Parcel((first,), message)
    letters = {digest.subscriber.email: present_digest(digest, book) for digest in digests}
    if len(letters) != len(digests):
        raise MessageRefusedError("Two digests of one request go to the same address.")
    message = _build_template(first, letter, SLOT_MARKS[provider])
    message.to = list(letters)
    by_address = {digest.subscriber.email: digest for digest in digests}
    # Attributes that Anymail reads; with them every reader gets a message of their own.
    message.merge_data = {address: _slots(letters[address]) for address in letters}  # type: ignore[attr-defined]
    message.merge_metadata = {a: {"digest": str(digest.pk)} for a, digest in by_address.items()}  # type: ignore[attr-defined]
    message.merge_headers = {  # type: ignore[attr-defined]
        address: personal_headers(digest.pk, letters[address].leave_url) for address, digest in by_address.items()
    }
    return Parcel(tuple(digests), message)


def _build_template(digest: DigestRow, letter: DigestLetter, mark: str) -> EmailMultiAlternatives:
    """The message with the provider's marks where the slots are."""
    leave_url, manage_url, digest_url = (STAND_IN.format(name) for name in SLOTS)
    mail = render_digest(replace(letter, leave_url=leave_url, manage_url=manage_url, digest_url=digest_url))
    text, html = mail.text, mail.html
    for name in SLOTS:
        if STAND_IN.format(name) not in text or STAND_IN.format(name) not in html:
            raise MessageRefusedError(f"The letter has no place for {name}.")
        text = text.replace(STAND_IN.format(name), mark.format(name))
        html = html.replace(STAND_IN.format(name), mark.format(name))
    message = build_message(digest=digest, mail=replace(mail, text=text, html=html), leave_url=letter.leave_url)
    for name in personal_headers(digest.pk, letter.leave_url):
        del message.extra_headers[name]
    del message.metadata  # type: ignore[attr-defined]
    check_message(message)
    return message


def _slots(letter: DigestLetter) -> dict[str, str]:
    return {name: getattr(letter, name) for name in SLOTS}


def merging_provider() -> str:
    """The configured provider's name if it fills in slots and merging is on, else an empty text."""
    return next((name for name in SLOT_MARKS if name.lower() == settings.EMAIL_PROVIDER and settings.MERGE), "")
