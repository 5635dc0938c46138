"""What counted clicks say about two rankers, and how sure that is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

# Of twenty intervals nineteen hold the true value.
_SURE = 1.96
_HUNDRED = 100
# With fewer papers of each ranker shown nothing can be told.
_LEAST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one ranker's papers: how many were shown, and how many of them readers marked."""

    ranker: str
    shown: int = 0
    more: int = 0
    saved: int = 0
    less: int = 0
    # Papers with "more", a save, or both, each once.
    liked: int = 0

    def per_hundred(self, count: int) -> float:
        """A count for each hundred papers shown."""
        return _HUNDRED * count / self.shown if self.shown else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval for liked papers in each hundred shown."""
        if not self.shown:
            return 0.0, float(_HUNDRED)
        share, square = self.liked / self.shown, _SURE**2
        middle = share + square / (2 * self.shown)
        reach = _SURE * sqrt(share * (1 - share) / self.shown + square / (4 * self.shown**2))
        below, above = ((middle + side * reach) / (1 + square / self.shown) for side in (-1, 1))
        return _HUNDRED * max(below, 0.0), _HUNDRED * min(above, 1.0)


def judge(first: Tally, second: Tally) -> str:
    """A plain sentence about which ranker's papers were liked more often, and whether that may be chance."""
    if min(first.shown, second.shown) < _LEAST_SHOWN:
        return f"Too early to tell: each needs at least {_LEAST_SHOWN} papers shown."
    better, worse = (first, second) if first.liked * second.shown >= second.liked * first.shown else (second, first)
    if _is_chance(better, worse):
        return "So far the difference may well be chance."
    return (
        f"Papers chosen by “{better.ranker}” are liked more often. Chance alone would make a difference like "
        "this less than once in twenty times."
    )


def _is_chance(better: Tally, worse: Tally) -> bool:
    share = (better.liked + worse.liked) / (better.shown + worse.shown)
    spread = sqrt(share * (1 - share) * (1 / better.shown + 1 / worse.shown))
    return better.liked / better.shown - worse.liked / worse.shown < _SURE * spread or not spread
