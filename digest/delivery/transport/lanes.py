"""Opens the lane that the mail settings ask for."""

from __future__ import annotations

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from digest.delivery.transport.backend import BackendLane
from digest.delivery.transport.outcome import Lane
from digest.delivery.transport.smtp import SmtpLane


def open_lane() -> Lane:
    """A lane to the configured peer; connects when the first message is handed over."""
    backend = get_connection(fail_silently=False)
    return SmtpLane(backend) if isinstance(backend, EmailBackend) else BackendLane(backend)
