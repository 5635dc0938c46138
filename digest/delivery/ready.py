"""A digest as the bytes that go on the wire: our own headers around parts that are encoded already.

Says the same as `message.build_message`, which stays for providers that want the parts themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from digest.composing.book import Book, open_book
from digest.composing.known_papers import KnownPapers
from digest.composing.models import Digest
from digest.composing.presentation import present_digest
from digest.composing.press import Press, Printed
from digest.composing.rows import DigestRow
from digest.delivery.headers import MessageRefusedError, check_address, write_all, write_from, write_named, write_text
from digest.delivery.merge import NothingLeftError
from digest.delivery.message import LARGEST_HTML_BYTES, personal_headers, shared_headers
from digest.delivery.poison import time_limit
from digest.delivery.transport.outcome import Parcel, ReadyMessage
from digest.rendering.letter import QuotedMail, QuotedParts
from digest.rendering.quoted import OWN_PLACE
from digest.rendering.render import render_quoted_digest

# Quoted-printable cannot hold "=_", so no part can hold the boundary.
BOUNDARY = "=_paperboy"
_PART = (
    f"\r\n--{BOUNDARY}\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)
TEXT_PART, HTML_PART = (_PART % "plain").encode(), (_PART % "html").encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()


class Printer:
    """Writes the messages of one batch after another; what they share is written once."""

    def __init__(self, book: Book, *, now: datetime) -> None:
        self._book = book
        self._press = Press(book, guard=time_limit)
        self._envelope = Envelope.of(now)

    def turn(self, book: Book, *, now: datetime) -> None:
        """Go on with the next batch."""
        self._book = book
        self._press.turn(book)
        self._envelope = Envelope.of(now)

    def write(self, digest: DigestRow) -> Parcel:
        """One reader's digest, ready for the wire. Raises `NothingLeftError`, `MessageRefusedError`."""
        printed = self._press.print(digest) or self._print_slowly(digest)
        return Parcel((digest,), self._envelope.enclose(digest, printed.mail, printed.leave_url))

    def _print_slowly(self, digest: DigestRow) -> Printed:
        with time_limit():
            letter = present_digest(digest, self._book)
            if not letter.sections:
                raise NothingLeftError
            return Printed(_take_apart(render_quoted_digest(letter)), letter.leave_url)


class Workbench(threading.local):
    """What each thread keeps from one task to the next: papers it has read, and a printer with its strips."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as where settings have changed."""
        self._papers = KnownPapers()
        self._printer: Printer | None = None

    def open(self, digests: Iterable[DigestRow]) -> Book:
        """What these digests refer to, looked up now."""
        return open_book(digests, known=self._papers)

    def turn(self, book: Book, *, now: datetime) -> Printer:
        """The printer, ready for the digests of a book."""
        if self._printer is None:
            self._printer = Printer(book, now=now)
        else:
            self._printer.turn(book, now=now)
        return self._printer


WORKBENCH = Workbench()


def build_ready(*, digest: Digest | DigestRow, mail: QuotedMail, leave_url: str, now: datetime) -> ReadyMessage:
    """A message to exactly one reader, as bytes. Raises `MessageRefusedError` for what must not go."""
    return Envelope.of(now).enclose(digest, _take_apart(mail), leave_url)


def _take_apart(mail: QuotedMail) -> QuotedParts:
    return QuotedParts(mail.subject, [mail.text] if mail.text else [], [mail.html])


class Envelope(NamedTuple):
    """What the messages of one batch share outside their parts."""

    sender: str
    domain: str
    head: bytes

    @classmethod
    def of(cls, now: datetime) -> Envelope:
        """The settings' sender and headers, and this moment as the date."""
        head = _write_shared(settings.DEFAULT_FROM_EMAIL, tuple(shared_headers().items()))
        head += f"Date: {format_datetime(now)}\r\n".encode()
        return cls(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], settings.MAIL_DOMAIN, head)

    def enclose(self, digest: Digest | DigestRow, mail: QuotedParts, leave_url: str) -> ReadyMessage:
        """Put the headers around the parts. Raises `MessageRefusedError` for what must not go."""
        if not mail.text:
            raise MessageRefusedError("The text part is empty.")
        recipient = check_address(digest.subscriber.email)
        own = write_all({"To": recipient, **personal_headers(digest.pk, leave_url, domain=self.domain)})
        head = (self.head, _write_subject(mail.subject), own, TEXT_PART)
        content = _fill_in((*head, *mail.text, HTML_PART, *mail.html, END), mail.own)
        # Few letters are so large that their HTML has to be looked at by itself.
        if len(content) > LARGEST_HTML_BYTES and len(_fill_in(mail.html, mail.own)) > LARGEST_HTML_BYTES:
            raise MessageRefusedError(f"The HTML part is larger than {LARGEST_HTML_BYTES:,} bytes.")
        return ReadyMessage(self.sender, recipient, content)


def _fill_in(parts: Iterable[bytes], own: bytes) -> bytes:
    whole = b"".join(parts)
    return whole.replace(OWN_PLACE, own) if own else whole


@lru_cache(maxsize=4096)
def _write_subject(subject: str) -> bytes:
    return write_text("Subject", subject)


@lru_cache(maxsize=8)
def _write_shared(sender: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Headers that are the same for every reader."""
    lines = [b"MIME-Version: 1.0\r\n", f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n'.encode()]
    lines.append(write_from(sender))
    for name, value in headers:
        display, bracket, rest = value.rpartition(" <")
        lines.append(write_named(name, display, rest[:-1]) if bracket else write_text(name, value))
    return b"".join(lines)
