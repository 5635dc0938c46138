"""Signed tokens for mailed links. One salt per purpose, so that no token opens another's door.

A token names a subscriber by number and is signed with `SECRET_KEY`; `SECRET_KEY_FALLBACKS` keep
old ones readable while a key is exchanged. Django compares signatures in constant time.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, Signer, TimestampSigner, b62_encode
from django.utils.encoding import force_bytes

CONFIRM_LIFETIME = timedelta(days=7)
MANAGE_LIFETIME = timedelta(days=60)
# Neither a character of the signature nor one that mail programs end a link at.
SEPARATOR = "."
_SEPARATOR = SEPARATOR.encode()
DAY_SECONDS = 24 * 60 * 60
# Characters of a short signature, six bits each.
SHORT = 22
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# The hashes of an HMAC, inner and outer, that have taken in the key.
Begun = tuple["hashlib._Hash", "hashlib._Hash"]  # noqa: SLF001  # the only name hashes have


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
class DigestToken:
    """Which digest a link is about: a reader has one a period."""

    subscriber_id: int
    period: str


class QuickSigner(Signer):
    """Signs as Django does, with the key of a purpose derived once instead of for every letter."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        """Django's own signature of the value."""
        return _seal(_begin(str(self.salt) + "signer", key or self.key, self.algorithm), force_bytes(value)).decode()


class ShortSigner(QuickSigner):
    """Signs with 132 bits instead of 256: a digest holds its token some fifty times."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        """The first characters of Django's own."""
        return super().signature(value, key)[:SHORT]


class DaySigner(QuickSigner, TimestampSigner):
    """Stamps the day, not the second: a digest previewed and sent on one day has the same link."""

    def timestamp(self) -> str:
        """The day's first second, as Django writes it."""
        return _write_day(int(time.time()) // DAY_SECONDS)


class DigestTokens:
    """The three tokens of a digest's links, for many readers: settings are looked at once, and no signer is asked."""

    def __init__(self) -> None:
        signers = _daily("manage"), _plain("leave"), _short("digest")
        self._manage, self._leave, self._digest = (
            _begin(str(signer.salt) + "signer", signer.key, signer.algorithm) for signer in signers
        )

    def of(self, *, subscriber_id: int, version: int, period: str) -> tuple[bytes, bytes, bytes]:
        """The tokens of `make_manage_token`, `make_leave_token` and `make_digest_token`."""
        today = _write_day(int(time.time()) // DAY_SECONDS)
        leave, join = b"%d" % subscriber_id, _SEPARATOR.join
        manage, digest = f"{subscriber_id}-{version}{SEPARATOR}{today}".encode(), f"{subscriber_id}-{period}".encode()
        return (
            join((manage, _seal(self._manage, manage))),
            join((leave, _seal(self._leave, leave))),
            join((digest, _seal(self._digest, digest)[:SHORT])),
        )


def make_confirm_token(subscriber_id: int) -> str:
    """A token that confirms one signup, for seven days."""
    return _timed("confirm").sign(str(subscriber_id))


def read_confirm_token(token: str) -> int:
    """The subscriber's id. Raises `TokenError` or `TokenExpiredError`."""
    return _number(_unsign_timed("confirm", token, CONFIRM_LIFETIME))


def make_manage_token(subscriber_id: int, *, version: int) -> str:
    """A token that opens one person's preferences, for sixty days or until the version is raised."""
    return _daily("manage").sign(f"{subscriber_id}-{version}")


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


def make_digest_token(subscriber_id: int, *, period: str) -> str:
    """A token that shows one digest and lets its reader speak about what is in it, for ever."""
    return _short("digest").sign(f"{subscriber_id}-{period}")


def read_digest_token(token: str) -> DigestToken:
    """Whose digest it is, and for which period. Raises `TokenError`."""
    try:
        subscriber_id, _, period = _short("digest").unsign(token).partition("-")
    except BadSignature as problem:
        raise TokenError from problem
    return DigestToken(_number(subscriber_id), period)


def make_move_token(change_id: int, *, side: str) -> str:
    """A token with which one mailbox, the old or the new one, confirms a change of address, for seven days."""
    return _timed("move").sign(f"{change_id}-{side}")


def read_move_token(token: str) -> tuple[int, str]:
    """The change's id and the side. Raises `TokenError` or `TokenExpiredError`."""
    change_id, _, side = _unsign_timed("move", token, CONFIRM_LIFETIME).partition("-")
    return _number(change_id), side


def make_never_token(subscriber_id: int) -> str:
    """A token that can only forbid us to write, and does so for ever."""
    return _plain("never").sign(str(subscriber_id))


def read_never_token(token: str) -> int:
    """The subscriber's id. Raises `TokenError`."""
    try:
        return _number(_plain("never").unsign(token))
    except BadSignature as problem:
        raise TokenError from problem


def _plain(purpose: str) -> Signer:
    return _open_signer(QuickSigner, purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


def _short(purpose: str) -> Signer:
    return _open_signer(ShortSigner, purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


def _daily(purpose: str) -> Signer:
    return _open_signer(DaySigner, purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


def _timed(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"subscriptions.{purpose}", sep=SEPARATOR)


@lru_cache(maxsize=16)
def _open_signer(kind: type[Signer], purpose: str, key: str, fallbacks: tuple[str, ...]) -> Signer:
    """The signer of a purpose; the keys are named, so that changed settings open another."""
    return kind(key=key, fallback_keys=list(fallbacks), salt=f"subscriptions.{purpose}", sep=SEPARATOR)


@lru_cache(maxsize=64)
def _begin(salt: str, key: str | bytes, algorithm: str) -> Begun:
    """Both hashes of an HMAC (RFC 2104) under the key that Django's `salted_hmac` derives, to be copied.

    A copy of `hmac`'s own object costs more than a signature.
    """
    derived = hashlib.new(algorithm, force_bytes(salt) + force_bytes(key)).digest()
    inner, outer = hashlib.new(algorithm), hashlib.new(algorithm)
    padded = derived.ljust(inner.block_size, b"\0")
    inner.update(padded.translate(hmac.trans_36))
    outer.update(padded.translate(hmac.trans_5C))
    return inner, outer


def _seal(begun: Begun, value: bytes) -> bytes:
    """Django's signature of a value, without what a token costs beside it."""
    inside, outside = begun[0].copy(), begun[1].copy()
    inside.update(value)
    outside.update(inside.digest())
    return binascii.b2a_base64(outside.digest()).translate(_URL_SAFE, b"=\n")


@lru_cache(maxsize=2)
def _write_day(number: int) -> str:
    return b62_encode(number * DAY_SECONDS)


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
