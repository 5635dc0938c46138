"""How often the API may be asked: a minute's share for each token, and for each network without one.

Counted in the broker's server; while that does not answer, each process counts for itself.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import datetime
from functools import lru_cache

import redis
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from digest.api.errors import ApiError
from digest.api.models import ApiToken
from subscriptions import pace
from subscriptions.networks import network_key

MINUTE = 60
# A page must not wait long for a counter.
PATIENCE_SECONDS = 0.3


class Counts:
    """This process' own counts, for the time in which it cannot ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window, self._counts = 0, Counter[str]()

    def add(self, key: str, window: int) -> int:
        """Count one; how many it were in this window."""
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, Counter()
            self._counts[key] += 1
            return self._counts[key]


ALONE = Counts()


def take_turn(request: HttpRequest, token: ApiToken | None) -> None:
    """Count one request. Raises ApiError 429 where the minute's share is used up."""
    if token:
        _spend(f"token {token.pk}", share=settings.API_RATE, seconds=MINUTE)
    else:
        _spend(f"network {network_key(request)}", share=settings.API_RATE_ANONYMOUS, seconds=MINUTE)


def take_signup(request: HttpRequest, *, now: datetime) -> None:
    """Count one signup with those of the form. Raises ApiError 429 where the hour's share is used up."""
    if not pace.take_turn(pace.Action.SIGNUP, request=request, now=now):
        problem = ApiError(429, "too_many_requests", "Too many signups; please try again in an hour.")
        problem.headers["Retry-After"] = "3600"
        raise problem


def _spend(who: str, *, share: int, seconds: int) -> None:
    moment = int(time.time())
    if share and _count(who, moment // seconds, seconds) > share:
        problem = ApiError(429, "too_many_requests", f"At most {share} in {seconds} seconds; please wait.")
        problem.headers["Retry-After"] = str(seconds - moment % seconds)
        raise problem


def _count(who: str, window: int, seconds: int) -> int:
    # Nobody's network address stands in the broker.
    key = f"paperboy:api:{salted_hmac('api', who).hexdigest()[:32]}:{window}"
    try:
        with _client(settings.REDIS_URL).pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * seconds)
            return int(pipe.execute()[0])
    except redis.RedisError:
        return ALONE.add(key, window)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)
