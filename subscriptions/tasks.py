"""What workers do for this room. Each task is one call."""

from __future__ import annotations

from celery import shared_task
from django.utils.timezone import now

from subscriptions.emails import send_waiting
from subscriptions.pace import forget_attempts
from subscriptions.pausing import resume_rested


@shared_task
def send_notices() -> int:
    """Send the notices that wait in the database; return how many went."""
    return send_waiting(now=now())


@shared_task
def end_pauses() -> int:
    """Resume readers whose pause is over; return how many."""
    return resume_rested(now=now())


@shared_task
def drop_attempts() -> int:
    """Forget what no limit counts any more; return how many rows went."""
    return forget_attempts(now=now())
