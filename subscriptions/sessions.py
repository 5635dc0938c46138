"""Knows a reader again by a signed cookie that a mailed link left behind. No password, nothing stored here."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from subscriptions.models import Subscriber

COOKIE = "reader"
LIFETIME = timedelta(days=60)
LARGEST_KEY = 2**63 - 1


def remember(response: HttpResponse, person: Subscriber) -> None:
    """Let the browser that opened a person's own link come back as that person."""
    response.set_cookie(
        COOKIE,
        _signer().sign(f"{person.pk}-{person.token_version}"),
        max_age=LIFETIME,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, samesite="Lax")


def reader_of(request: HttpRequest) -> Subscriber | None:
    """Whose browser asks; None for strangers, for those who left, and where the links were revoked since."""
    try:
        value = _signer().unsign(request.COOKIES.get(COOKIE, ""), max_age=LIFETIME)
    except BadSignature:
        return None
    number, _, version = value.partition("-")
    if not (number.isdigit() and version.isdigit() and int(number) <= LARGEST_KEY):
        return None
    people = Subscriber.objects.filter(pk=int(number), token_version=int(version))
    return people.filter(state__in=[Subscriber.State.ACTIVE, Subscriber.State.PAUSED]).first()


def vary_by_reader(response: HttpResponse) -> HttpResponse:
    """Keep shared caches from showing one reader's page to another."""
    patch_vary_headers(response, ["Cookie"])
    return response


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="subscriptions.session", sep=".")
