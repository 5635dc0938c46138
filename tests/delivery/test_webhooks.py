"""Webhooks through Anymail's real views: what is taken, what is refused, what is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client

from digest.delivery.models import Event
from digest.delivery.webhooks import VIEWS
from subscriptions.addresses import hash_address
from tests.delivery.providers import (
    BASIC,
    BATCHING,
    PROVIDERS,
    Call,
    Example,
    call_with,
    load_examples,
    post,
    providers,
)
from tests.factories import NOW

__all__ = ["providers"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("providers"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]
EXAMPLES = list(chain.from_iterable(load_examples(provider) for provider in PROVIDERS))


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        yield


def mailtrap(event: str = "delivery", **values: Any) -> dict[str, Any]:
    stamp = int(NOW.timestamp())
    return {"event": event, "message_id": "m", "email": "ann@example.org", "timestamp": stamp, "event_id": "e"} | values


def test_every_provider_of_ours_has_examples() -> None:
    assert set(VIEWS) == set(PROVIDERS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.provider}: {e.says}")
def test_each_providers_event_is_taken_for_what_it_is(example: Example) -> None:
    assert post(example.provider, call_with(example.provider, [example.event])).status_code == 200
    row = Event.objects.get(address_hash=hash_address("ann@example.org"))
    assert (row.kind, row.our_fault) == (example.kind, example.ours)
    assert row.provider == example.provider
    assert row.occurred_at in (NOW, NOW + timedelta(seconds=0.5), None)
    assert row.applied_at is None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.provider}: {e.says}")
def test_no_address_and_no_subject_is_kept(example: Example) -> None:
    post(example.provider, call_with(example.provider, [example.event]))
    text = json.dumps(list(Event.objects.values()), default=str)
    assert example.provider in text
    assert "@example.org" not in text
    assert "Your papers" not in text


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "mailersend"])
def test_an_event_names_our_digest(provider: str) -> None:
    post(provider, call_with(provider, [load_examples(provider)[0].event]))
    assert Event.objects.get().payload["digest"] == 7


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_secret_nothing_is_taken(provider: str, settings: Any) -> None:
    settings.ANYMAIL = {name: value for name, value in settings.ANYMAIL.items() if name != "WEBHOOK_SECRET"}
    answer = post(provider, call_with(provider, [load_examples(provider)[0].event]))
    assert answer.status_code == 503
    assert "ANYMAIL_WEBHOOK_SECRET" in answer.text
    assert not Event.objects.exists()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("secret", ["", "Basic aG9va3M6d3Jvbmc=", "Basic ???", "Bearer hooks:open-sesame"])
def test_a_wrong_secret_is_turned_away_whatever_the_signature(provider: str, secret: str) -> None:
    answer = post(provider, call_with(provider, [load_examples(provider)[0].event]), secret=secret)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")
    assert not Event.objects.exists()


@pytest.mark.parametrize("secret", ["password-without-a-name", ""])
def test_a_secret_that_can_never_match_is_named(secret: str, settings: Any) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": [secret]}
    assert "name:password" in post("mailtrap", call_with("mailtrap", [mailtrap()])).text


def test_two_secrets_hold_while_one_is_exchanged(settings: Any) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": ["hooks:new", *settings.ANYMAIL["WEBHOOK_SECRET"]]}
    assert post("mailtrap", call_with("mailtrap", [mailtrap()])).status_code == 200


@pytest.mark.parametrize(
    "provider,header",
    [
        ("mailersend", "Signature"),
        ("mailtrap", "Mailtrap-Signature"),
        ("mandrill", "X-Mandrill-Signature"),
        ("postal", "X-Postal-Signature"),
    ],
)
@pytest.mark.parametrize("forged", ["", "bm8="])
def test_a_forged_signature_is_refused_although_the_secret_is_right(provider: str, header: str, forged: str) -> None:
    call = call_with(provider, [load_examples(provider)[0].event])
    assert post(provider, call, **{header: forged}).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize("provider", ["mailgun", "unisender_go"])
def test_a_body_that_was_not_signed_is_refused(provider: str) -> None:
    call = call_with(provider, [load_examples(provider)[0].event])
    forged = call.body.replace(b'"signature": "', b'"signature": "0').replace(b"250 OK", b"").replace(b"ann", b"bob")
    assert post(provider, call._replace(body=forged)).status_code == 400
    assert not Event.objects.exists()


def test_a_provider_that_is_not_set_up_is_told_to_come_back(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": settings.ANYMAIL["WEBHOOK_SECRET"]}
    assert post("mailersend", call_with("mailersend", [load_examples("mailersend")[0].event])).status_code == 503


@pytest.mark.parametrize("method", ["get", "head"])
def test_asking_whether_we_are_here_changes_nothing(method: str) -> None:
    assert getattr(Client(), method)("/webhooks/mailtrap/tracking/").status_code == 200
    assert Client().put("/webhooks/mailtrap/tracking/").status_code == 405
    assert Client().get("/webhooks/nobody/tracking/").status_code == 404
    assert not Event.objects.exists()


def test_a_missing_slash_loses_no_event() -> None:
    call = call_with("mailtrap", [mailtrap()])
    answer = Client().post(
        "/webhooks/mailtrap/tracking", call.body, call.content_type, headers={"Authorization": BASIC, **call.headers}
    )
    assert answer.status_code == 200
    assert Event.objects.count() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("megabytes", [3, 10])
def test_ten_megabytes_are_not_read(provider: str, megabytes: int) -> None:
    body = b'{"events": ["' + b"x" * (megabytes * 1024 * 1024) + b'"]}'
    assert post(provider, Call(body)).status_code == 413
    assert not Event.objects.exists()


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "postmark", "resend", "sendgrid", "sparkpost", "amazon_ses"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[1]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"mandrill_events=[1]"]
)
def test_a_malformed_body_is_a_bad_request(provider: str, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert post(provider, Call(body)).status_code == 400
    assert not Event.objects.exists()
    assert provider in caplog.text


def test_what_a_log_says_of_a_bad_body_names_no_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        post("amazon_ses", Call(b"ann@example.org is not JSON", {"x-amz-sns-message-type": "Notification"}))
        post("brevo", Call(b'{"event": "delivered", "email": "ann@example.org", "X-Mailin-custom": "{"}'))
    assert "ann@" not in caplog.text


@pytest.mark.parametrize("provider", BATCHING)
@pytest.mark.parametrize("odd", [7, None, "x", {}, {"event": 5}, {"msys": {"a": {}, "b": {}}}])
def test_one_odd_event_stops_no_other_of_its_batch(provider: str, odd: Any) -> None:
    first, *_, last = [example.event for example in load_examples(provider)]
    assert post(provider, call_with(provider, [first, odd, last])).status_code == 200
    kinds = list(Event.objects.exclude(address_hash="").order_by("id").values_list("kind", flat=True))
    assert kinds == [load_examples(provider)[0].kind, load_examples(provider)[-1].kind]
    assert set(Event.objects.filter(address_hash="").values_list("kind", flat=True)) <= {"other"}


@pytest.mark.parametrize(
    "values",
    [
        {"response": "a\x00b"},
        {"response": "\ud800"},
        {"response": "x" * 50_000},
        {"response": ["nested", {"deep": 1}]},
        {"response_code": float("nan")},
        {"response_code": 10**40},
        {"timestamp": 10**12},
        {"timestamp": -1},
        {"custom_variables": {"digest": "9" * 19}},
        {"custom_variables": {"digest": "²"}},
        {"custom_variables": ["digest"]},
        {"message_id": "m" * 5_000},
        {"email": "not an address"},
        {"email": {"a": 1}},
    ],
)
def test_odd_values_are_stored_as_far_as_they_go(values: dict[str, Any]) -> None:
    events = [mailtrap("bounce", event_id="1", **values), mailtrap("bounce", event_id="2")]
    assert post("mailtrap", call_with("mailtrap", events)).status_code == 200
    assert Event.objects.filter(address_hash=hash_address("ann@example.org")).exists()
    assert all(len(row.detail) <= 500 and "\x00" not in row.detail for row in Event.objects.all())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_call_again_is_stored_once(provider: str) -> None:
    call = call_with(provider, [load_examples(provider)[0].event])
    for _ in range(3):
        assert post(provider, call).status_code == 200
    assert Event.objects.count() == 1


def test_mailgun_signing_the_same_event_anew_does_not_make_two() -> None:
    event = load_examples("mailgun")[0].event
    call = call_with("mailgun", [event])
    post("mailgun", call)
    other = json.loads(call_with("mailgun", [event | {"id": "x"}]).body)["signature"]
    post("mailgun", Call(json.dumps({"signature": other, "event-data": event}).encode()))
    assert Event.objects.count() == 1


def test_one_id_for_several_readers_makes_an_event_for_each() -> None:
    event = next(e.event for e in load_examples("amazon_ses") if e.kind == "complained")
    two = [{"emailAddress": "ann@example.org"}, {"emailAddress": "bob@example.org"}]
    post("amazon_ses", call_with("amazon_ses", [event | {"complaint": {"complainedRecipients": two}}]))
    assert Event.objects.values("address_hash").distinct().count() == 2


@pytest.mark.parametrize("event", ["open", "click"])
def test_opening_and_clicking_is_not_kept(event: str) -> None:
    call = call_with("mailtrap", [mailtrap(event, url="https://example.org/leave/token/")])
    assert post("mailtrap", call).status_code == 200
    assert not Event.objects.exists()


def test_mailguns_older_form_is_understood() -> None:
    signature = json.loads(call_with("mailgun", [{}]).body)["signature"]
    fields = {"event": "bounced", "recipient": "ann@example.org", "code": "550", "error": "5.1.1 no ann@example.org"}
    client = Client(headers={"Authorization": BASIC})
    answer = client.post("/webhooks/mailgun/tracking/", {**fields, **signature, "message-headers": "[]"})
    assert answer.status_code == 200
    row = Event.objects.get()
    assert (row.kind, row.detail) == ("hard", "5.1.1 no <address>")


@pytest.mark.django_db(transaction=True)
def test_with_the_database_down_the_provider_is_told_to_call_again() -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("gone")

    call = call_with("mailtrap", [mailtrap()])
    with connection.execute_wrapper(fail):
        answer = post("mailtrap", call)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert post("mailtrap", call).status_code == 200
    assert Event.objects.count() == 1


def test_a_thousand_events_are_stored_by_a_few_statements(django_assert_max_num_queries: Any) -> None:
    call = call_with("mailtrap", [mailtrap(event_id=str(number)) for number in range(1_000)])
    # SQLite takes a thousand values a statement, PostgreSQL far more.
    with django_assert_max_num_queries(16 if connection.vendor == "sqlite" else 4):
        assert post("mailtrap", call).status_code == 200
    assert Event.objects.count() == 1_000


@pytest.mark.django_db(transaction=True)
def test_twenty_four_calls_at_once_are_all_kept_once() -> None:
    def call(number: int) -> int:
        try:
            events = [mailtrap(event_id="shared"), mailtrap(event_id=str(number))]
            return int(post("mailtrap", call_with("mailtrap", events)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(call, range(24))) == {200}
    assert Event.objects.count() == 25
