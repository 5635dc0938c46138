"""Other programs hear what they asked for: once, signed, and again while they do not answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digest.composing.models import Digest, Edition
from digest.delivery.models import Event
from digest.hooks.calling import WAITS, call_waiting
from digest.hooks.gather import add_hook, gather
from digest.hooks.models import Hook, HookCall
from subscriptions.history import record
from subscriptions.marks import ConsentEvent
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db
URL = "https://other.example.org/hear?key=1"
ALL = list(Hook.Kind.values)


class Ear:
    """Another program: what it heard, and what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204


@pytest.fixture
def ear(settings: Any) -> Iterator[Ear]:
    found = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "https://elsewhere.example.org/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        settings.FETCH_LOOPBACK_PORT = server.server_address[1]
        yield found
        server.shutdown()


def tell(kind: ConsentEvent.Kind = ConsentEvent.Kind.CONFIRMED) -> int:
    person = make_subscriber()
    record(subscriber_id=person.pk, kind=kind, now=NOW)
    return person.pk


def test_a_call_is_made_once_and_its_signature_holds(ear: Ear) -> None:
    hook = add_hook(url=URL, kinds=ALL, now=NOW)
    person = tell()
    for _ in range(2):
        gather(now=NOW)
        call_waiting(now=NOW)
    [(headers, body)] = ear.heard
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["type"] == "subscriber.subscribed"
    assert json.loads(body)["data"] == {"subscriber": person}
    assert "@" not in body.decode()


def test_a_hook_hears_only_what_it_asked_for_and_nothing_from_before() -> None:
    tell()
    add_hook(url=URL, kinds=["subscriber.unsubscribed"], now=NOW + timedelta(seconds=1))
    person = make_subscriber()
    for kind in (ConsentEvent.Kind.LEFT, ConsentEvent.Kind.CONFIRMED):
        record(subscriber_id=person.pk, kind=kind, now=NOW + timedelta(seconds=2))
    assert gather(now=NOW) == 1
    assert HookCall.objects.get().kind == "subscriber.unsubscribed"


def test_bounces_and_finished_editions_are_told() -> None:
    add_hook(url=URL, kinds=ALL, now=NOW)
    edition = Edition.objects.create(period="2026-W32", frozen_at=NOW)
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW, "edition": edition}
    sent = Digest.objects.create(subscriber=make_subscriber(), period="2026-W32", state="bounced", **values)
    waits = Digest.objects.create(subscriber=make_subscriber(), period="2026-W32", state="retry", **values)
    Event.objects.create(provider="postmark", key="1", kind="hard", digest=sent, received_at=NOW, applied_at=NOW)
    Event.objects.create(provider="postmark", key="2", kind="delivered", digest=sent, received_at=NOW, applied_at=NOW)
    gather(now=NOW)
    assert [call.kind for call in HookCall.objects.all()] == ["digest.bounced"]
    Digest.objects.filter(pk=waits.pk).update(state="accepted")
    gather(now=NOW)
    assert set(HookCall.objects.values_list("kind", flat=True)) == {"digest.bounced", "edition.sent"}


def test_an_event_that_is_applied_later_is_not_missed() -> None:
    add_hook(url=URL, kinds=ALL, now=NOW)
    person, values = make_subscriber(), {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    digest = Digest.objects.create(subscriber=person, period="2026-W32", state="accepted", **values)
    late = Event.objects.create(provider="postmark", key="1", kind="hard", received_at=NOW)
    for number in range(600):
        Event.objects.create(provider="postmark", key=f"x{number}", kind="delivered", received_at=NOW, applied_at=NOW)
    gather(now=NOW)
    Event.objects.filter(pk=late.pk).update(applied_at=NOW, digest=digest)
    gather(now=NOW)
    assert HookCall.objects.filter(kind="digest.bounced").count() == 1


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_offered_again_with_growing_waits_and_then_given_up(ear: Ear, status: int) -> None:
    add_hook(url=URL, kinds=ALL, now=NOW)
    tell()
    gather(now=NOW)
    ear.status, moment = status, NOW
    for wait in WAITS:
        call_waiting(now=moment)
        call_waiting(now=moment + wait - timedelta(seconds=1))
        moment += wait
    call_waiting(now=moment)
    call = HookCall.objects.get()
    assert (call.state, call.attempts, len(ear.heard)) == ("failed", 7, 7)
    assert str(status) in call.error
    assert len({headers["webhook-id"] for headers, _ in ear.heard}) == 1


def test_a_program_that_is_gone_is_left_alone(ear: Ear) -> None:
    add_hook(url=URL, kinds=ALL, now=NOW)
    tell()
    gather(now=NOW)
    ear.status = 410
    call_waiting(now=NOW)
    assert not Hook.objects.get().is_active


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_no_private_address_is_called(settings: Any, host: str) -> None:
    settings.FETCH_LOOPBACK_PORT = 0
    add_hook(url=f"https://{host}/", kinds=ALL, now=NOW)
    tell()
    gather(now=NOW)
    assert call_waiting(now=NOW) == 0
    assert "public" in HookCall.objects.get().error


def test_the_command_prints_the_secret_and_refuses_what_is_not_https() -> None:
    out = StringIO()
    call_command("add_hook", URL, "--event", "edition.sent", stdout=out)
    assert out.getvalue().strip() == Hook.objects.get().secret
    for url in ("http://other.example.org/", "file:///etc/passwd", URL):
        with pytest.raises(CommandError):
            call_command("add_hook", url, "--event", "edition.sent", stdout=out)
