"""The one trending formula: how a paper's votes weigh against its age. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import log2

_SECONDS_PER_HOUR = 3600
# Four days on the list are worth one doubling of the votes. Because only differences count,
# the number never has to be worked out anew as time goes by.
_HOURS_PER_DOUBLING = 96


def trend_of(*, votes: int, listed_on: date) -> float:
    """How far up a paper stands: log2(1 + votes) + hours from the Unix epoch to the listing's midnight UTC / 96."""
    midnight = datetime(listed_on.year, listed_on.month, listed_on.day, tzinfo=UTC)
    return log2(1 + votes) + midnight.timestamp() / _SECONDS_PER_HOUR / _HOURS_PER_DOUBLING
