"""The key by which a provider recognises a message that it has taken already, where it has one.

A digest has the same key at each attempt: its Message-ID. It is a second net only; a digest whose
fate is unknown is never offered again by itself.
"""

from __future__ import annotations

from typing import Any

from anymail.backends.resend import EmailBackend as ResendBackend
from django.core.mail import EmailMultiAlternatives


def mark_idempotent(message: EmailMultiAlternatives, provider: str) -> None:
    """Put the key where Brevo reads it; Resend's is put on the request below."""
    if provider == "Brevo" and "Message-ID" in message.extra_headers:
        message.extra_headers["idempotencyKey"] = _key(message)


class EmailBackend(ResendBackend):  # type: ignore[misc]  # Anymail ships no types
    """Anymail's Resend backend with Resend's idempotency header on each request."""

    def build_message_payload(self, message: EmailMultiAlternatives, defaults: dict[str, Any]) -> Any:
        """The payload of Anymail with one more HTTP header."""
        payload = super().build_message_payload(message, defaults)
        if "Message-ID" in message.extra_headers:
            payload.headers["Idempotency-Key"] = _key(message)
        return payload


def _key(message: EmailMultiAlternatives) -> str:
    return str(message.extra_headers["Message-ID"]).strip("<>")
