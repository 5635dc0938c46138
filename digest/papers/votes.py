"""The one trending formula: votes as they come in, each worth half as much after four days. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from math import log2

_SECONDS_PER_HOUR = 3600
# Four days are worth one doubling of the votes. Because only differences count, the number never has
# to be worked out anew as time goes by.
_HOURS_PER_DOUBLING = 96
_DAYS_PER_DOUBLING = _HOURS_PER_DOUBLING / 24
# A paper that is found again after years leads as it would after one: floats end somewhere.
_OLDEST = 365


def trend_of(*, votes: float, listed_on: date, gained: Iterable[tuple[date, float]] = ()) -> float:
    """How far up a paper stands, in doublings: what decays is counted from the Unix epoch on, so it need not decay.

    `votes` are those of the listing's first day, `gained` the days on which it won more, and how many. Each
    counts 2^(hours after the listing's midnight / 96), and the paper itself counts as one. So the number is
    log2(1 + votes) + hours from the epoch to that midnight UTC / 96 on the first day, and later the logarithm
    of a rate: votes a span of time, the last ones weighing most.
    """
    midnight = datetime(listed_on.year, listed_on.month, listed_on.day, tzinfo=UTC)
    heat = 1 + votes + sum(amount * 2 ** (_age(listed_on, day) / _DAYS_PER_DOUBLING) for day, amount in gained)
    return log2(heat) + midnight.timestamp() / _SECONDS_PER_HOUR / _HOURS_PER_DOUBLING


def _age(listed_on: date, day: date) -> int:
    return min(max((day - listed_on).days, 0), _OLDEST)
