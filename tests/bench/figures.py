"""What `tests.bench.scale` measured, run by run, and whether a reader costs the same at every size."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

TEN_MILLION_AN_HOUR = 10_000_000 / 3600
# How much more a reader may cost at any size than at the smallest.
FLAT = 1.15


@dataclass
class Watch:
    """What was seen while the letters left."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0
    gauges: list[int] = field(default_factory=list)
    memory: Counter[int] = field(default_factory=Counter)
    cpu: dict[int, float] = field(default_factory=dict)
    # Seconds before the first digest was planned.
    idle: float = 0.0

    def describe_pages(self) -> list[str]:
        """A line for each page: how often, how long."""
        lines = []
        for page, seconds in self.pages.items():
            median, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
            lines.append(f"  {page} meanwhile: {len(seconds)} times, median {median:.0f}, slowest {worst:.0f} ms")
        return [*lines, f"  pages that failed: {self.failures}"]


@dataclass(frozen=True)
class Run:
    """One run's figures. `workers` is 0 where a worker joined on the way. `cpu` in seconds, `memory` in bytes."""

    readers: int
    workers: int
    seconds: float
    cpu: float
    memory: int

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.readers / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of the workers' processor time for one reader."""
        return self.cpu / self.readers * 1e6

    @property
    def fleet(self) -> float:
        """How many workers like these send to ten million readers in an hour."""
        return TEN_MILLION_AN_HOUR / self.rate * self.workers

    def describe(self) -> list[str]:
        """Lines for a person."""
        crew = f"{self.workers} worker(s)" if self.workers else "one more worker on the way"
        lines = [
            f"{self.readers:>9,} readers, {crew}: {self.rate:7.0f} a second, {self.seconds:6.0f} s in all",
            f"  workers' processor time a reader: {self.cost:.0f} us; most memory of one: {self.memory / 2**20:.0f} MB",
        ]
        return lines + ([f"  ten million in an hour: {self.fleet:.0f} workers like these"] if self.workers else [])


def compare(runs: Sequence[Run]) -> list[str]:
    """For each number of workers, cost and memory at every size against the smallest one."""
    lines = []
    for workers in sorted({run.workers for run in runs if run.workers}):
        same = sorted((run for run in runs if run.workers == workers), key=lambda run: run.readers)
        first = same[0]
        for run in same[1:]:
            cost, memory = run.cost / first.cost, run.memory / first.memory
            verdict = "flat" if max(cost, memory) <= FLAT else "NOT FLAT"
            size = f"{run.readers:,} readers against {first.readers:,}, {workers} worker(s)"
            lines.append(f"{size}: cost x {cost:.2f}, memory x {memory:.2f}: {verdict}")
    one = {run.readers: run for run in runs if run.workers == 1}
    return lines + [
        f"{run.readers:,} readers: {run.workers} workers, pace x {run.rate / one[run.readers].rate:.2f}"
        for run in runs
        if run.workers > 1 and run.readers in one
    ]
