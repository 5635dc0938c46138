"""Makes and reads API tokens: 256 random bits, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from digest.api.models import ApiToken

START = "pb_"
SHOWN = 8
LONGEST = 100
# Noting each use would write a row for each request.
NOTED_EVERY = timedelta(hours=1)


def make_token(*, name: str, scopes: Iterable[str], now: datetime, expires_at: datetime | None = None) -> str:
    """Store a token and return what the program must send. Raises ValueError for an unknown scope."""
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in ApiToken.Scope.values]:
        raise ValueError(f"There is no scope {unknown[0]}; there are: {', '.join(ApiToken.Scope.values)}.")
    key = START + secrets.token_urlsafe(32)
    prefix = key[: len(START) + SHOWN]
    ApiToken.objects.create(
        name=name, prefix=prefix, key_hash=hash_key(key), scopes=wanted, created_at=now, expires_at=expires_at
    )
    return key


def find_token(key: str, *, now: datetime) -> ApiToken | None:
    """The token of this key, if it still holds; notes that it was used."""
    if not key.startswith(START) or len(key) > LONGEST:
        return None
    valid = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    token = valid.filter(key_hash=hash_key(key)).first()
    if token and (token.used_at is None or token.used_at < now - NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def hash_key(key: str) -> str:
    """SHA-256 in hex: enough for a key that nobody can guess, and quick for every request."""
    return hashlib.sha256(key.encode()).hexdigest()
