"""From the signup form to a digest in an inbox and out again: real worker, beat, broker, SMTP and site."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import requests
from django.utils.timezone import now

from digest.celery import app
from digest.composing.models import Digest
from subscriptions.forms import make_stamp
from subscriptions.models import Subscriber
from tests.conftest import Processes, SmtpSink
from tests.factories import make_paper
from tests.journeys.waiting import ADDRESS, make_due, wait_for_digest, wait_for_link, wait_until


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
