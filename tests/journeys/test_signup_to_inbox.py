"""From the signup form to a digest in an inbox and out again: real worker, beat, broker, SMTP, site, browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import requests
from django.utils.timezone import now
from playwright.sync_api import Page

from digest.celery import app
from digest.composing.models import Digest
from subscriptions.forms import make_stamp
from subscriptions.models import Subscriber
from tests.conftest import Processes, SmtpSink
from tests.factories import make_paper

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


@pytest.fixture
def fleet(processes: Processes, smtp_sink: SmtpSink, live_site: str) -> Processes:
    """A worker and beat that send to the sink and link to the live site."""
    processes.environment |= {"EMAIL_URL": smtp_sink.url, "SITE_URL": live_site}
    processes.start_worker()
    processes.start_beat()
    return processes


def make_due(**values: Any) -> None:
    """Move the reader's slot to the last full hour, as if the week had passed."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    slot = {"weekday": hour.weekday(), "hour": hour.hour, "timezone": "UTC", "next_due_at": hour}
    long_ago = {"created_at": hour - timedelta(days=30), "confirmed_at": hour - timedelta(days=30)}
    Subscriber.objects.filter(email=ADDRESS).update(**slot | long_ago | values)


@pytest.mark.worker
def test_from_signup_to_digest_to_one_click_goodbye(fleet: Processes, smtp_sink: SmtpSink, live_site: str) -> None:
    make_paper("Grasping at scale", abstract="We grasp.", votes=12, listed_on=now().date())
    form = {"email": ADDRESS, "keywords": "grasping", "stamp": make_stamp(now=now() - timedelta(minutes=1))}
    session = requests.Session()
    session.get(f"{live_site}/subscribe/", timeout=10)
    form["csrfmiddlewaretoken"] = session.cookies["csrftoken"] or ""
    assert session.post(f"{live_site}/subscribe/", data=form, timeout=10).status_code == 200

    confirm_link = wait_for_link(smtp_sink, "confirm")
    requests.get(confirm_link, timeout=10)
    assert Subscriber.objects.get().state == Subscriber.State.PENDING
    requests.post(confirm_link, timeout=10)
    assert Subscriber.objects.get().state == Subscriber.State.ACTIVE

    make_due()
    app.send_task("digest.tasks.tick")
    digest_mail = wait_for_digest(smtp_sink)
    html = digest_mail.get_body(("html",))
    assert html is not None
    assert "Grasping at scale" in html.get_content()
    wait_until(lambda: Digest.objects.get().state == Digest.State.ACCEPTED)

    one_click = digest_mail["List-Unsubscribe"].strip("<>")
    answer = requests.post(one_click, data={"List-Unsubscribe": "One-Click"}, timeout=10, allow_redirects=False)
    assert answer.status_code == 200
    assert Subscriber.objects.get().state == Subscriber.State.LEFT
    app.send_task("digest.tasks.tick")
    # A tick that finds nobody leaves nothing to wait for; the goodbye by one click is silent, too.
    time.sleep(2)
    assert wait_for_digest(smtp_sink) is digest_mail


@pytest.mark.worker
@pytest.mark.browser
def test_a_person_subscribes_confirms_and_reads_in_a_browser(
    fleet: Processes, smtp_sink: SmtpSink, live_site: str, page: Page
) -> None:
    make_paper("Grasping at scale", abstract="We grasp.", votes=12, listed_on=now().date())
    page.goto(live_site)
    page.wait_for_timeout(1_200)
    page.get_by_label("Email address").first.fill(ADDRESS)
    page.get_by_role("button", name="Subscribe").first.click()
    page.get_by_role("heading", name=re.compile("inbox", re.IGNORECASE)).wait_for()

    page.goto(wait_for_link(smtp_sink, "confirm"))
    assert Subscriber.objects.get().state == Subscriber.State.PENDING
    page.get_by_role("button").first.click()
    wait_until(lambda: Subscriber.objects.get().state == Subscriber.State.ACTIVE)

    make_due()
    app.send_task("digest.tasks.tick")
    digest_mail = wait_for_digest(smtp_sink)
    page.goto(find_link(digest_mail, "papers"))
    assert page.get_by_role("heading", level=1).inner_text() == "Grasping at scale"
    page.goto(digest_mail["List-Unsubscribe"].strip("<>"))
    assert Subscriber.objects.get().state == Subscriber.State.ACTIVE
    page.get_by_role("button").first.click()
    wait_until(lambda: Subscriber.objects.get().state == Subscriber.State.LEFT)
