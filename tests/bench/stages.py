"""Where the time of a letter goes: the steps of a send one by one, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tests.bench import ways, world
from tests.bench.sink import Sink

Result = TypeVar("Result")
# All letters of a claim are held at once here.
_CLAIM = 1_000


class Stopwatch:
    """Adds up processor and wall time by step."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {}

    def run(self, step: str, work: Callable[[], Result]) -> Result:
        """Run one step of a range."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        spent = self.steps.setdefault(step, [0.0, 0.0])
        spent[0] += time.process_time() - cpu
        spent[1] += time.perf_counter() - wall
        return result


def time_stages(sink: Sink) -> Iterator[str]:
    """Compose and send all planned digests, a range at a time; lines of microseconds a letter."""
    from digest.composing.compose import compose_digests
    from digest.delivery import ledger
    from digest.delivery.journal import Journal
    from digest.delivery.ready import WORKBENCH
    from digest.delivery.send import Batch
    from digest.delivery.throttle import Throttle
    from digest.delivery.transport.lanes import open_pool

    watch, pool, count, before = Stopwatch(), open_pool(), world.count_open(), sink.cpu()
    for first, last in world.find_ranges(_CLAIM):
        span: dict[str, Any] = {"first_id": first, "last_id": last, "now": ways.NOW}
        known = watch.run("rank and compose", lambda: compose_digests(**span))  # noqa: B023  # run at once
        with Journal(f"{first:032}") as journal:
            rows = watch.run(
                "claim and read",
                lambda: ledger.claim(**span, token=journal.claim, limit=_CLAIM, known=known),  # noqa: B023  # as above
            )
            book = watch.run("look up papers", lambda: WORKBENCH.open(rows))  # noqa: B023  # as above
            printer = watch.run("look up papers", lambda: WORKBENCH.turn(book, now=ways.NOW))  # noqa: B023  # as above
            parcels = watch.run("fill", lambda: [printer.write(row) for row in rows])  # noqa: B023  # as above
            batch = Batch(rows, journal, Throttle(), book, ways.NOW, Ready(parcels))  # type: ignore[arg-type]
            watch.run("hand over and record", lambda: batch.send(pool))  # noqa: B023  # as above
            journal.discard()
    pool.close()
    for step, (cpu, wall) in watch.steps.items():
        yield f"{step:22} processor {cpu / count * 1e6:6.0f}   clock {wall / count * 1e6:6.0f}"
    yield f"{'the sink':22} processor {(sink.cpu() - before) / count * 1e6:6.0f}"


class Ready:
    """A printer whose letters are written already."""

    def __init__(self, parcels: list[object]) -> None:
        self._parcels = iter(parcels)

    def write(self, _row: object) -> object:
        """The next one."""
        return next(self._parcels)
