"""Opens the lane that the mail settings ask for."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.module_loading import import_string

from digest.delivery.transport.backend import BackendLane
from digest.delivery.transport.outcome import Lane
from digest.delivery.transport.pool import LanePool, Pool, Rota
from digest.delivery.transport.smtp import SmtpLane


def open_lane() -> Lane:
    """A lane to the configured peer; connects when the first message is handed over."""
    backend = get_connection(fail_silently=False)
    return SmtpLane(backend) if isinstance(backend, EmailBackend) else BackendLane(backend)


def open_pool() -> Pool:
    """`SEND_LANES` lanes: taking turns where a lane need not wait for its answer, else a thread each."""
    kind = Rota if takes_bytes() else LanePool
    return kind(open_lane, settings.SEND_LANES)


def takes_bytes() -> bool:
    """Whether the configured peer takes a message as bytes, which are made faster than its parts."""
    return issubclass(import_string(settings.EMAIL_BACKEND), EmailBackend)
