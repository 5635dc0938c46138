"""The way out for mail, without sending any: the server's log-in or the provider's key, and the way back for events."""

from __future__ import annotations

import smtplib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError

from digest.papers.fetch import Fetcher
from digest.papers.sources.base import SourceError
from digest.web.checks import find_provider_problem
from digest.web.diagnosis.findings import Finding, fail, ok, warn

SHORTEST_SECRET = 20
Keys = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Door:
    """An address of a provider that answers whoever has a key, and how the key is shown."""

    url: str
    headers: Callable[[Keys], dict[str, str]]


def _basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


# By the provider's name in EMAIL_PROVIDER; each is only asked who we are.
DOORS: dict[str, Door] = {
    "brevo": Door("https://api.brevo.com/v3/account", lambda keys: {"api-key": keys["BREVO_API_KEY"]}),
    "mailersend": Door("https://api.mailersend.com/v1/api-quota", lambda keys: _bearer(keys["MAILERSEND_API_TOKEN"])),
    "mailgun": Door("https://api.mailgun.net/v3/domains", lambda keys: _basic("api", keys["MAILGUN_API_KEY"])),
    "mailjet": Door(
        "https://api.mailjet.com/v3/REST/apikey",
        lambda keys: _basic(keys["MAILJET_API_KEY"], keys["MAILJET_SECRET_KEY"]),
    ),
    "postmark": Door(
        "https://api.postmarkapp.com/server",
        lambda keys: {"X-Postmark-Server-Token": keys["POSTMARK_SERVER_TOKEN"]},
    ),
    "resend": Door("https://api.resend.com/domains", lambda keys: _bearer(keys["RESEND_API_KEY"])),
    "sendgrid": Door("https://api.sendgrid.com/v3/scopes", lambda keys: _bearer(keys["SENDGRID_API_KEY"])),
    "sparkpost": Door(
        "https://api.sparkpost.com/api/v1/account", lambda keys: {"Authorization": keys["SPARKPOST_API_KEY"]}
    ),
}


def check_mail(*, fetcher: Fetcher) -> Iterator[Finding]:
    """Whether somebody would take our mail."""
    if settings.EMAIL_PROVIDER:
        yield from _check_provider(settings.EMAIL_PROVIDER, fetcher)
    elif settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield from _check_smtp()
    else:
        yield warn("mail", "It is only written to files.", "Set EMAIL_PROVIDER, or EMAIL_URL for an SMTP server.")


def _check_smtp() -> Iterator[Finding]:
    """Connect, encrypt and log in as for sending, then hang up."""
    server = get_connection()
    assert isinstance(server, EmailBackend)
    name = f"{server.host}:{server.port}"
    try:
        server.open()
        server.close()
    except smtplib.SMTPAuthenticationError as error:
        yield fail("mail", f"{name} refuses the log-in ({error.smtp_code}).", "Mend user and password in EMAIL_URL.")
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        yield fail("mail", f"{name} cannot be used: {reason}", "Mend EMAIL_URL, or let this machine out to that port.")
    else:
        yield ok("mail", f"{name} takes our log-in.")
        if not (server.use_tls or server.use_ssl or server.host in {"localhost", "127.0.0.1", "::1"}):
            yield warn("mail", f"Mail to {name} is not encrypted.", "Write smtp+tls:// or smtp+ssl:// in EMAIL_URL.")


def _check_provider(provider: str, fetcher: Fetcher) -> Iterator[Finding]:
    if problem := find_provider_problem():
        yield fail("mail", problem, "Compare with the provider's lines in digest/OPERATING.md.")
        return
    door = DOORS.get(provider)
    if door is None:
        yield warn("mail", f"{provider} cannot be asked without sending.", "Send one preview from an edition's page.")
        return
    host = urlsplit(door.url).hostname or ""
    keys = {name: str(value) for name, value in settings.ANYMAIL.items()}
    try:
        with fetcher.open(door.url, hosts={host}, headers=door.headers(keys)):
            yield ok("mail", f"{provider} knows our key.")
    except KeyError as error:
        yield fail("mail", f"{error.args[0]} is not set.", "Compare with the provider's lines in digest/OPERATING.md.")
    except (SourceError, DatabaseError) as error:
        refused = any(f" {status} " in str(error) for status in (401, 403))
        if refused:
            advice = "Make a new key there, and let it read as well as send."
            yield fail("mail", f"{provider} refuses our key: {error}", advice)
        else:
            yield warn("mail", f"{provider} could not be asked: {error}", "Let this machine out to its API.")


def check_webhooks() -> Iterator[Finding]:
    """Whether the provider can tell us about bounces and complaints, and nobody else can."""
    secret = settings.ANYMAIL_WEBHOOK_SECRET
    if not settings.EMAIL_PROVIDER:
        yield ok("webhooks", "Without a provider there are none; bounces come back to the sender's mailbox.")
        return
    parts = [part.partition(":") for part in secret.split(",")] if secret else []
    address = f"{settings.SITE_URL}/webhooks/{settings.EMAIL_PROVIDER}/tracking/"
    if not parts:
        advice = "Set ANYMAIL_WEBHOOK_SECRET to name:password, both random, and give the provider the address."
        yield fail("webhooks", f"{address} has no secret.", advice)
    elif any(not name or len(password) < SHORTEST_SECRET for name, _, password in parts):
        advice = f"Use name:password with a random password of {SHORTEST_SECRET} characters or more."
        yield fail("webhooks", "ANYMAIL_WEBHOOK_SECRET can be guessed.", advice)
    else:
        yield ok("webhooks", f"{address} is guarded.")
