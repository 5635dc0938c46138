"""Measures how well an order of papers foretells the votes they will still win. Pure.

At one moment after another, the papers of the last days compete: an order is good where those come first that
gain most from then on. The trending numbers are the product's own, from what was told by that moment.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.papers.trending import count_gains
from digest.papers.votes import trend_of

# Papers compete for so many days, where there are so many of them.
COMPETING = timedelta(days=7)
FEWEST = 8
_TOP = 5
# What share of a paper's votes is in after so many hours, as lists that were read again and again show it.
_SHARES = ((0, 0.0), (8, 0.40), (24, 0.67), (48, 0.77), (72, 0.81), (96, 0.87), (144, 0.93), (336, 1.0))
# Papers differ in speed: with this spread, the first morning foretells a day's last order about as well as there.
_SPREAD = 1.0
_FIRST_LOOK, _LOOKS = 8, 15
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Look:
    """How many votes a paper had at a moment."""

    paper: str
    listed_on: date
    at: datetime
    votes: int


Looks = Mapping[str, Sequence[Look]]
Rule = Callable[[Sequence[Look], datetime], float]


def _by_trend(told: Sequence[Look], moment: datetime) -> float:
    del moment
    gained = count_gains((look.at.date(), look.votes) for look in told)
    early = told[-1].votes - sum(amount for _, amount in gained)
    return trend_of(votes=early, listed_on=told[0].listed_on, gained=gained)


def _by_gravity(told: Sequence[Look], moment: datetime) -> float:
    return float(told[-1].votes / (_age(told, moment) + 2) ** 1.8)


def _by_age(told: Sequence[Look], moment: datetime) -> float:
    return -_age(told, moment)


def _by_votes(told: Sequence[Look], moment: datetime) -> float:
    del moment
    return told[-1].votes


RULES: dict[str, Rule] = {"trending": _by_trend, "gravity": _by_gravity, "votes": _by_votes, "newest": _by_age}


def _age(told: Sequence[Look], moment: datetime) -> float:
    """In hours."""
    return max((moment - _midnight(told[0].listed_on)) / timedelta(hours=1), 0.0)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def read_looks(paths: Iterable[Path]) -> tuple[list[Look], dict[str, tuple[date, int]]]:
    """Looks from JSON lines, and papers of daily lists, which tell the votes of one moment that nobody knows.

    A line is `{"type": "look", "paper", "listed_on": "2026-06-01", "seen_at": "2026-06-01T08:00:00Z", "votes"}`.
    Raises OSError, and ValueError with the file's name.
    """
    looks: list[Look] = []
    listed: dict[str, tuple[date, int]] = {}
    for path in paths:
        try:
            raw = path.read_bytes()
            text = (gzip.decompress(raw) if raw.startswith(_GZIP) else raw).decode()
            if text.lstrip().startswith("["):
                listed |= {str(row["paper"]["id"]): _read_listed(row["paper"]) for row in json.loads(text)}
            else:
                looks += [_read_look(json.loads(line)) for line in text.splitlines() if line.strip()]
        except (ValueError, KeyError, TypeError, EOFError) as error:
            raise ValueError(f"{path.name} holds neither looks nor a daily list: {error!r}") from None
    return looks, listed


def _read_listed(row: Mapping[str, Any]) -> tuple[date, int]:
    return datetime.fromisoformat(row["submittedOnDailyAt"]).date(), int(row["upvotes"])


def _read_look(row: Mapping[str, Any]) -> Look:
    at = datetime.fromisoformat(row["seen_at"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Look(str(row["paper"]), date.fromisoformat(row["listed_on"]), at, int(row["votes"]))


def imagine_looks(listed: Mapping[str, tuple[date, int]], *, seed: int) -> Iterator[Look]:
    """Looks every day at papers whose last count is known, each vote coming in when one usually does."""
    chance = Random(seed)  # noqa: S311 - no secret
    hours, shares = zip(*_SHARES, strict=True)
    for paper, (day, votes) in sorted(listed.items()):
        pace = math.exp(chance.gauss(0, _SPREAD))
        came = np.sort(np.interp([chance.random() for _ in range(votes)], shares, hours) * pace)
        for number in range(_LOOKS):
            hour = _FIRST_LOOK + 24 * number
            at = _midnight(day) + timedelta(hours=hour)
            yield Look(paper, day, at, int(np.searchsorted(came, hour, side="right")))
        yield Look(paper, day, _midnight(day) + timedelta(days=365), votes)


def foretell(looks: Iterable[Look]) -> tuple[dict[str, dict[str, float]], int]:
    """For each rule its mean rank correlation with future votes and the share of the first five; and the moments."""
    by_paper: dict[str, list[Look]] = defaultdict(list)
    for look in sorted(looks, key=lambda look: look.at):
        by_paper[look.paper].append(look)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in RULES}
    moments = sorted({look.at for told in by_paper.values() for look in told})
    for moment in moments:
        told, future = _compete(by_paper, moment)
        if len(told) >= FEWEST and np.ptp(future):
            for name, rule in RULES.items():
                guess = np.array([rule(each, moment) for each in told])
                found[name].append((correlate(guess, future), _overlap(guess, future)))
    count = len(found["trending"])
    means = {name: np.array(rows).reshape(-1, 2).mean(axis=0) for name, rows in found.items()} if count else {}
    return {
        name: {"rank correlation": float(mean[0]), "first five": float(mean[1])} for name, mean in means.items()
    }, count


def _compete(by_paper: Looks, moment: datetime) -> tuple[list[Sequence[Look]], NDArray[np.float64]]:
    """What was told by a moment of each paper listed within the days before it, and what each gains after it."""
    told: list[Sequence[Look]] = []
    future: list[int] = []
    for looks in by_paper.values():
        if not timedelta() <= moment - _midnight(looks[0].listed_on) <= COMPETING:
            continue
        known = [look for look in looks if look.at <= moment]
        if known and len(known) < len(looks):
            told.append(known)
            future.append(looks[-1].votes - known[-1].votes)
    return told, np.array(future, dtype=np.float64)


def correlate(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's rank correlation, equal values sharing their ranks; 0 where all are equal."""
    ranks = [_rank(values) for values in (one, other)]
    if not all(np.ptp(each) for each in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[places], dtype=np.float64)


def _overlap(guess: NDArray[np.float64], future: NDArray[np.float64]) -> float:
    best = [set(np.argsort(-values, kind="stable")[:_TOP].tolist()) for values in (guess, future)]
    return len(best[0] & best[1]) / _TOP
