"""What journeys share: patience for other processes, links out of real mails, and a week that has passed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.utils.timezone import now

from subscriptions.models import Subscriber
from tests.conftest import SmtpSink

ADDRESS = "ada@example.org"
PATIENCE = 60


def wait_until(holds: Callable[[], Any]) -> Any:
    """Whatever `holds` answers once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := holds()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)
    return answer


def wait_for_link(sink: SmtpSink, path: str) -> str:
    """The link of this kind in the first mail that has one."""
    return str(wait_until(lambda: next(filter(None, (find_link(message, path) for message in sink.messages)), "")))


def wait_for_digest(sink: SmtpSink) -> EmailMessage:
    """The one mail of a list that came."""

    def find() -> list[EmailMessage]:
        return [message for message in sink.messages if "List-Unsubscribe" in message]

    wait_until(find)
    [digest] = find()
    return digest


def find_link(message: EmailMessage, path: str) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://\S+/{path}/\S+", body.get_content())
    return found[0] if found else ""


def make_due(**values: Any) -> None:
    """Move the reader's slot to the last full hour, as if the week had passed."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    slot = {"weekday": hour.weekday(), "hour": hour.hour, "timezone": "UTC", "next_due_at": hour}
    long_ago = {"created_at": hour - timedelta(days=30), "confirmed_at": hour - timedelta(days=30)}
    Subscriber.objects.filter(email=ADDRESS).update(**slot | long_ago | values)
