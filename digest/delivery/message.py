"""From a letter to a message with its headers, and our own gate in front of every backend."""

from __future__ import annotations

from email.policy import Compat32
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from digest.composing.models import Digest
from digest.composing.rows import DigestRow
from digest.delivery.headers import MessageRefusedError, check_printable
from digest.rendering.letter import RenderedMail

# Gmail clips near 102 kB; what is over this is a fault of ours, not of one reader's letter.
LARGEST_HTML_BYTES = 80_000


class WholeLines(Compat32):
    """Django's way of writing headers, but a link stays on one line, however long.

    Folding would put it on a line of its own, after an empty one, where some readers of
    List-Unsubscribe miss it. A line may hold 998 bytes.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header as it goes out."""
        if name in ("List-Unsubscribe", "Message-ID"):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


class DigestMessage(EmailMultiAlternatives):
    """A message whose links in headers are whole."""

    def message(self, **options: Any) -> Any:
        """The MIME message."""
        built: Any = super().message(**options)
        built.policy = WholeLines()
        return built


def build_message(*, digest: Digest | DigestRow, mail: RenderedMail, leave_url: str) -> EmailMultiAlternatives:
    """A digest as a message to exactly one reader. The same digest always has the same Message-ID."""
    message = DigestMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[digest.subscriber.email],
        headers=shared_headers() | personal_headers(digest.pk, leave_url),
    )
    message.attach_alternative(mail.html, "text/html")
    # Providers hand this back in their events; that is how an unknown outcome is settled.
    message.metadata = {"digest": str(digest.pk)}  # type: ignore[attr-defined]  # an attribute that Anymail reads
    check_message(message)
    return message


def shared_headers() -> dict[str, str]:
    """Headers that are the same for every reader."""
    feedback = {"Feedback-ID": settings.FEEDBACK_ID} if settings.FEEDBACK_ID else {}
    return feedback | {
        "List-Id": f"{settings.SITE_NAME} <digest.{settings.MAIL_DOMAIN}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def personal_headers(digest_id: int | None, leave_url: str, *, domain: str = "") -> dict[str, str]:
    """Headers of one reader's own. `domain`: the setting `MAIL_DOMAIN`, by whoever looked it up once for many."""
    return {"Message-ID": message_id(digest_id, domain=domain), "List-Unsubscribe": f"<{leave_url}>"}


def message_id(digest_id: int | None, *, domain: str = "") -> str:
    """The Message-ID of a digest, the same at each attempt."""
    return f"<digest-{digest_id or 'preview'}@{domain or settings.MAIL_DOMAIN}>"


def check_message(message: EmailMultiAlternatives) -> None:
    """Refuse what must never reach a backend: some providers' backends pass a header injection on."""
    recipients = message.recipients()
    if len(recipients) != 1 or any(mark in recipients[0] for mark in ",;<>"):
        raise MessageRefusedError("A digest goes to exactly one plain address.")
    headers = [message.subject, message.from_email, *recipients]
    headers += [part for pair in message.extra_headers.items() for part in pair]
    for header in headers:
        check_printable(str(header))
    if not str(message.body).strip():
        raise MessageRefusedError("The text part is empty.")
    if sum(len(str(part).encode()) for part, _ in message.alternatives) > LARGEST_HTML_BYTES:
        raise MessageRefusedError(f"The HTML part is larger than {LARGEST_HTML_BYTES:,} bytes.")
