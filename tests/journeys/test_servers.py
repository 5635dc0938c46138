"""The tests' own servers do what the journeys rely on."""

from __future__ import annotations

import time

import pytest
from django.core.mail import get_connection, send_mail
from playwright.sync_api import Page

from digest.celery import app
from digest.delivery.models import Heartbeat
from digest.local.children import Child
from tests.conftest import SmtpSink


@pytest.mark.worker
def test_a_real_worker_does_what_is_queued(worker: Child) -> None:
    app.send_task("digest.tasks.tick")
    deadline = time.monotonic() + 20
    # What the task leaves in the database, since its going well is not worth a line in the log.
    while not Heartbeat.objects.exists():
        assert time.monotonic() < deadline, worker.read_tail(40)
        time.sleep(0.05)


def test_the_smtp_server_keeps_what_it_gets(smtp_sink: SmtpSink) -> None:
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=smtp_sink.port)
    send_mail("Subject", "Text", "a@example.org", ["b@example.org"], connection=connection)
    assert [str(message["Subject"]) for message in smtp_sink.messages] == ["Subject"]
    assert smtp_sink.recipients == ["b@example.org"]


@pytest.mark.browser
def test_a_browser_opens_the_site(page: Page, live_site: str) -> None:
    answer = page.goto(live_site)
    assert answer is not None
    assert answer.status == 200
