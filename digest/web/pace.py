"""How often one network may search. Counted in each process by itself, since a search writes nothing down."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from subscriptions.networks import network_key
from subscriptions.pace import too_many

# Results while typing ask about three times a second, and a university may share one network.
SEARCHES_PER_MINUTE = 600
MINUTE_SECONDS = 60
View = Callable[..., HttpResponse]


class MinuteCounter:
    """Counts by key, from nothing again in every minute of the clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def add(self, key: str, *, at: datetime) -> int:
        """Count one more and return how many it were this minute."""
        minute = int(at.timestamp()) // MINUTE_SECONDS
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[key] += 1
            return self._counts[key]


SEARCHES = MinuteCounter()


def paced(view: View) -> View:
    """Make a view one that asks a network for patience when it searches too often."""

    @wraps(view)
    def limited(request: HttpRequest, **parts: str) -> HttpResponse:
        key = network_key(request)
        if key and SEARCHES.add(key, at=now()) > SEARCHES_PER_MINUTE:
            return too_many(request, seconds=MINUTE_SECONDS)
        return view(request, **parts)

    return limited
