"""Calls our webhooks as each provider does: its envelope around events, its signature, our secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from anymail.webhooks import amazon_ses
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

PAYLOADS = Path(__file__).parent.parent / "payloads" / "webhooks"
PROVIDERS = sorted(path.stem for path in PAYLOADS.glob("*.json"))
SECRET = "hooks:open-sesame"
BASIC = "Basic " + base64.b64encode(SECRET.encode()).decode()
KEY = "provider-key"


class Example(NamedTuple):
    """One raw event of a provider, and what it should be taken for."""

    provider: str
    says: str
    kind: str
    ours: bool
    event: dict[str, Any]


class Call(NamedTuple):
    """A request as the provider makes it."""

    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    content_type: str = "application/json"


def load_examples(provider: str) -> list[Example]:
    rows = json.loads((PAYLOADS / f"{provider}.json").read_text())
    return [Example(provider, row["says"], row["kind"], row["ours"], row["event"]) for row in rows]


@cache
def postal_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def provider_settings() -> dict[str, Any]:
    pem = (
        postal_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return {
        "WEBHOOK_SECRET": [SECRET],
        "MAILGUN_WEBHOOK_SIGNING_KEY": KEY,
        "MAILERSEND_SIGNING_SECRET": KEY,
        "MAILTRAP_TRACKING_SECRET": KEY,
        "MANDRILL_WEBHOOK_KEY": KEY,
        "UNISENDER_GO_API_KEY": KEY,
        "POSTAL_WEBHOOK_KEY": "".join(pem.decode().splitlines()[1:-1]),
    }


@pytest.fixture
def providers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for all providers. Amazon's account is not needed to take its notifications."""
    settings.ANYMAIL = provider_settings()
    monkeypatch.setattr(amazon_ses, "_get_anymail_boto3_params", lambda **_: ({}, {}))


def post(provider: str, call: Call, *, secret: str = BASIC, **headers: str) -> Any:
    sent = {"Authorization": secret, **call.headers, **headers}
    return Client(enforce_csrf_checks=True).post(
        f"/webhooks/{provider}/tracking/",
        data=call.body,
        content_type=call.content_type,
        headers={name: value for name, value in sent.items() if value},
    )


def call_with(provider: str, events: Sequence[Any]) -> Call:
    """Several events in one call where the provider does that; otherwise there must be one."""
    builder = BUILDERS.get(provider)
    if builder:
        return builder(events)
    [event] = events
    return Call(json.dumps(event).encode())


def _sign(body: bytes, digest: Any = hashlib.sha256) -> str:
    return hmac.new(KEY.encode(), body, digest).hexdigest()


def _mailgun(events: Sequence[Any]) -> Call:
    [event] = events
    stamp, token = "1785747600", hashlib.sha256(json.dumps(event).encode()).hexdigest()[:50]
    signature = {"timestamp": stamp, "token": token, "signature": _sign(f"{stamp}{token}".encode())}
    return Call(json.dumps({"signature": signature, "event-data": event}).encode())


def _amazon_ses(events: Sequence[Any]) -> Call:
    [event] = events
    number = hashlib.sha256(json.dumps(event).encode()).hexdigest()[:20]
    message = {
        "Type": "Notification",
        "MessageId": number,
        "Timestamp": "2026-08-03T09:00:00.000Z",
        "Message": json.dumps(event),
    }
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": number}
    return Call(json.dumps(message).encode(), headers, "text/plain; charset=UTF-8")


def _mailersend(events: Sequence[Any]) -> Call:
    [event] = events
    body = json.dumps(event).encode()
    return Call(body, {"Signature": _sign(body)})


def _mailtrap(events: Sequence[Any]) -> Call:
    body = json.dumps({"events": list(events)}).encode()
    return Call(body, {"Mailtrap-Signature": _sign(body)})


def _mandrill(events: Sequence[Any]) -> Call:
    text = json.dumps(list(events))
    # The secret stands in the address that is signed.
    signed = f"http://{SECRET}@testserver/webhooks/mandrill/tracking/mandrill_events{text}"
    signature = base64.b64encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    edge = "paperboyedge"
    body = f'--{edge}\r\nContent-Disposition: form-data; name="mandrill_events"\r\n\r\n{text}\r\n--{edge}--\r\n'
    return Call(body.encode(), {"X-Mandrill-Signature": signature}, f"multipart/form-data; boundary={edge}")


def _postal(events: Sequence[Any]) -> Call:
    [event] = events
    body = json.dumps(event).encode()
    signature = postal_key().sign(body, padding.PKCS1v15(), hashes.SHA1())
    return Call(body, {"X-Postal-Signature": base64.b64encode(signature).decode()})


def _resend(events: Sequence[Any]) -> Call:
    [event] = events
    body = json.dumps(event).encode()
    return Call(body, {"svix-id": "msg_" + hashlib.sha256(body).hexdigest()[:20]})


def _unisender_go(events: Sequence[Any]) -> Call:
    wrapped = [{"event_name": "transactional_email_status", "event_data": event} for event in events]
    whole = {"auth": KEY, "events_by_user": [{"user_id": 1, "events": wrapped}]}
    body = json.dumps(whole).encode()
    return Call(body.replace(KEY.encode(), hashlib.md5(body).hexdigest().encode()))


def _list(events: Sequence[Any]) -> Call:
    return Call(json.dumps(list(events)).encode())


BUILDERS: dict[str, Callable[[Sequence[Any]], Call]] = {
    "amazon_ses": _amazon_ses,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mailjet": _list,
    "mailtrap": _mailtrap,
    "mandrill": _mandrill,
    "postal": _postal,
    "resend": _resend,
    "sendgrid": _list,
    "sparkpost": _list,
    "unisender_go": _unisender_go,
}
BATCHING = ("mailjet", "mailtrap", "mandrill", "sendgrid", "sparkpost", "unisender_go")
