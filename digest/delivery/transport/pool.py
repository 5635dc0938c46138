"""Several lanes at once: what hides the latency of a provider that answers from far away."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from digest.delivery.transport.outcome import Lane

Job = TypeVar("Job")
Result = TypeVar("Result")


class LanePool(Generic[Job, Result]):
    """Runs jobs on `size` held lanes. Jobs are pulled lazily, so no more are taken than are under way."""

    def __init__(self, open_lane: Callable[[], Lane], size: int) -> None:
        self._open_lane = open_lane
        self._size = size
        self._mine = threading.local()
        self._lanes: list[Lane] = []
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="lane") if size > 1 else None

    def run(
        self, work: Callable[[Lane, Job], Result], jobs: Iterable[Job | None], finish: Callable[[Lane], Result]
    ) -> Generator[Result]:
        """Results as they come; a None among the jobs, and their end, completes what lanes hold back.

        With one lane everything happens in this thread, in order.
        """
        under_way: set[Future[Result]] = set()
        try:
            for job in itertools.chain(jobs, [None]):
                if job is None:
                    yield from (future.result() for future in wait(under_way).done)
                    under_way = set()
                    yield from map(finish, self._lanes)
                elif self._executor is None:
                    yield work(self._lane(), job)
                else:
                    under_way.add(self._executor.submit(self._work, work, job))
                    if len(under_way) >= self._size:
                        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
        finally:
            # Whoever leaves early may close what the jobs write to.
            wait(under_way)

    def close(self) -> None:
        """Wait for what is under way and let go of all connections."""
        if self._executor is not None:
            self._executor.shutdown()
        for lane in self._lanes:
            lane.close()

    def _work(self, work: Callable[[Lane, Job], Result], job: Job) -> Result:
        return work(self._lane(), job)

    def _lane(self) -> Lane:
        """This thread's own lane."""
        if not hasattr(self._mine, "lane"):
            self._mine.lane = self._open_lane()
            self._lanes.append(self._mine.lane)
        lane: Lane = self._mine.lane
        return lane
