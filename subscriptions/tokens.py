"""Signed tokens for mailed links. One salt per purpose, so that no token opens another's door.

A token names a subscriber by number and is signed with `SECRET_KEY`; `SECRET_KEY_FALLBACKS` keep
old ones readable while a key is exchanged. Django compares signatures in constant time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from django.core.signing import BadSignature, SignatureExpired, Signer, TimestampSigner, b62_encode

CONFIRM_LIFETIME = timedelta(days=7)
MANAGE_LIFETIME = timedelta(days=60)
# Neither a character of the signature nor one that mail programs end a link at.
SEPARATOR = "."
DAY_SECONDS = 24 * 60 * 60


class TokenError(Exception):
    """The token was not made here, or not for this purpose."""


class TokenExpiredError(TokenError):
    """The token was made here but is too old."""


@dataclass(frozen=True, slots=True)
class ManageToken:
    """Whom a preferences link is for, and the token version it was made under."""

    subscriber_id: int
    version: int


@dataclass(frozen=True, slots=True)
class FeedbackToken:
    """Whose word a feedback link records, on which paper."""

    subscriber_id: int
    paper_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class ReasonToken:
    """Whose reason a link in a digest is about."""

    subscriber_id: int
    kind: str
    number: int
    text: str


class DaySigner(TimestampSigner):
    """Stamps the day, not the second: a digest previewed and sent on one day has the same link."""

    def timestamp(self) -> str:
        """The day's first second, as Django writes it."""
        return b62_encode(int(time.time()) // DAY_SECONDS * DAY_SECONDS)


def make_confirm_token(subscriber_id: int) -> str:
    """A token that confirms one signup, for seven days."""
    return _timed("confirm").sign(str(subscriber_id))


def read_confirm_token(token: str) -> int:
    """The subscriber's id. Raises `TokenError` or `TokenExpiredError`."""
    return _number(_unsign_timed("confirm", token, CONFIRM_LIFETIME))


def make_manage_token(subscriber_id: int, *, version: int) -> str:
    """A token that opens one person's preferences, for sixty days or until the version is raised."""
    return DaySigner(salt="subscriptions.manage", sep=SEPARATOR).sign(f"{subscriber_id}-{version}")


def read_manage_token(token: str) -> ManageToken:
    """Whom it is for; the caller compares the version. Raises `TokenError` or `TokenExpiredError`."""
    subscriber_id, _, version = _unsign_timed("manage", token, MANAGE_LIFETIME).partition("-")
    return ManageToken(_number(subscriber_id), _number(version))


def make_leave_token(subscriber_id: int) -> str:
    """A token that can only unsubscribe, and does so for ever."""
    return _plain("leave").sign(str(subscriber_id))


def read_leave_token(token: str) -> int:
    """The subscriber's id. Raises `TokenError`."""
    try:
        return _number(_plain("leave").unsign(token))
    except BadSignature as problem:
        raise TokenError from problem


def make_feedback_token(subscriber_id: int, *, paper_id: int, kind: str) -> str:
    """A token that can only give one kind of feedback on one paper, for ever."""
    return _plain("feedback").sign(f"{subscriber_id}-{paper_id}-{kind}")


def read_feedback_token(token: str) -> FeedbackToken:
    """Whose word it is, on which paper. Raises `TokenError`."""
    try:
        subscriber_id, paper_id, kind = _plain("feedback").unsign(token).split("-")
    except (BadSignature, ValueError) as problem:
        raise TokenError from problem
    return FeedbackToken(_number(subscriber_id), _number(paper_id), kind)


def make_reason_token(subscriber_id: int, *, kind: str, number: int = 0, text: str = "") -> str:
    """A token that opens the page of one reason: a topic by number, a keyword or author by its text."""
    return _plain("reason").sign_object([subscriber_id, kind, number, text])


def read_reason_token(token: str) -> ReasonToken:
    """Whose reason it is, and what it names. Raises `TokenError`."""
    try:
        return ReasonToken(*_plain("reason").unsign_object(token))
    except (BadSignature, ValueError, TypeError) as problem:
        raise TokenError from problem


def _plain(purpose: str) -> Signer:
    return Signer(salt=f"subscriptions.{purpose}", sep=SEPARATOR)


def _timed(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"subscriptions.{purpose}", sep=SEPARATOR)


def _unsign_timed(purpose: str, token: str, lifetime: timedelta) -> str:
    try:
        return _timed(purpose).unsign(token, max_age=lifetime)
    except SignatureExpired as problem:
        raise TokenExpiredError from problem
    except BadSignature as problem:
        raise TokenError from problem


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise TokenError
    return int(text)
