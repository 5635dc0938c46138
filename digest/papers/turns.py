"""Takes turns at a host: one request at a time and a pause after each, for all processes, by a row per host."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from digest.papers.models import HostTurn
from digest.papers.sources.base import BusyError

# Seconds from the end of one request to the start of the next. arXiv asks for three, whatever the interface.
PAUSES = {
    "export.arxiv.org": 3.0,
    "rss.arxiv.org": 3.0,
    "oaipmh.arxiv.org": 3.0,
}
DEFAULT_PAUSE = 1.0
# arXiv counts all its interfaces together.
_SHARED = dict.fromkeys(PAUSES, "arxiv.org")
# A process that died is waited for so long: longer than any answer may take.
_LEASE = timedelta(seconds=150)
# A host that asks for more patience than this is visited again by a later run.
LONGEST_WAIT = 160.0
_LONGEST_SLEEP = 5.0


def hold_turn(*, host: str, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Wait until nobody asks this host and its pause is over; return what ends the turn, given a longer pause or 0.

    Raises BusyError where the host asked for more patience than a run has.
    """
    name, token = _SHARED.get(host, host), secrets.token_hex(8)
    HostTurn.objects.get_or_create(host=name, defaults={"free_at": clock()})
    while not _take(name, token, clock()):
        free_at = HostTurn.objects.values_list("free_at", flat=True).get(host=name)
        wait = (free_at - clock()).total_seconds()
        if wait > LONGEST_WAIT:
            raise BusyError(host, wait)
        sleep(min(max(wait, 0.01), _LONGEST_SLEEP))

    def end_turn(longer: float) -> None:
        pause = timedelta(seconds=max(PAUSES.get(host, DEFAULT_PAUSE), longer))
        HostTurn.objects.filter(host=name, holder=token).update(free_at=clock() + pause, holder="")

    return end_turn


def _take(name: str, token: str, moment: datetime) -> bool:
    free = HostTurn.objects.filter(host=name, free_at__lte=moment)
    return bool(free.update(free_at=moment + _LEASE, holder=token))
