"""The development mailbox: a mail backend that keeps each message as one file, and functions to read them.

Nothing here sends anything anywhere. Pages that show the messages are in `digest.web.mailbox`.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

# 20260803T081500.123456789Z-1a2b3c4d.eml: sorts by time; the random end keeps processes apart.
NAME = re.compile(r"(?P<second>\d{8}T\d{6})\.\d{9}Z-[0-9a-f]{8}\.eml", re.ASCII)


class MailboxBackend(BaseEmailBackend):
    """Keeps messages under `settings.MAILBOX_DIR` instead of sending them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many messages were kept. A message without a recipient is not one."""
        kept = [message for message in email_messages if message.recipients()]
        for message in kept:
            # Mail ends its lines with CRLF, as it would on the wire.
            keep_message(re.sub(rb"\r?\n", b"\r\n", message.message().as_bytes()))
        return len(kept)


def keep_message(raw: bytes) -> str:
    """Write one message and answer its file's name. A reader never sees half of it."""
    folder = Path(settings.MAILBOX_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    name = f"{moment:%Y%m%dT%H%M%S}.{nanoseconds:09d}Z-{secrets.token_hex(4)}.eml"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(raw)
    unfinished.replace(folder / name)
    return name


@dataclass(frozen=True)
class CaughtMail:
    """One kept message. Parts are decoded when asked for, and never raise on broken mail."""

    name: str
    raw: bytes

    @property
    def caught_at(self) -> datetime:
        """When it was handed to the backend, to the second."""
        found = NAME.fullmatch(self.name)
        if found is None:
            raise ValueError(f"{self.name!r} is not the name of a kept message.")
        return datetime.strptime(found["second"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.raw)

    @cached_property
    def message(self) -> Message:
        """The parsed message."""
        return message_from_bytes(self.raw)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """Every header in order, with encoded words decoded."""
        return [(name, _decode(str(value))) for name, value in self.message.items()]

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def subject(self) -> str:
        """The subject line."""
        return self.header("Subject")

    @property
    def sender(self) -> str:
        """The From line."""
        return self.header("From")

    @property
    def to(self) -> str:
        """The To line."""
        return self.header("To")

    @cached_property
    def text(self) -> str:
        """The plain part, or nothing."""
        return self._part("text/plain")

    @cached_property
    def html(self) -> str:
        """The HTML part, or nothing."""
        return self._part("text/html")

    def _part(self, content_type: str) -> str:
        for part in self.message.walk():
            if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
                return _body(part)
        return ""


def count_messages() -> int:
    """How many messages are kept."""
    return len(_names())


def list_messages(*, skip: int = 0, limit: int = 100) -> list[CaughtMail]:
    """Kept messages, newest first. One that is removed meanwhile is left out."""
    found = []
    for name in _names()[skip : skip + limit]:
        try:
            found.append(read_message(name))
        except FileNotFoundError:
            continue
    return found


def read_message(name: str) -> CaughtMail:
    """One kept message. FileNotFoundError for any name that is not one, so no path can lead elsewhere."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return CaughtMail(name=name, raw=(Path(settings.MAILBOX_DIR) / name).read_bytes())


def _names() -> list[str]:
    try:
        names = [entry.name for entry in Path(settings.MAILBOX_DIR).iterdir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if NAME.fullmatch(name)), reverse=True)


def _decode(value: str) -> str:
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", value)
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded


def _body(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
