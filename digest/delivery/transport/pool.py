"""Several lanes at once: what hides the latency of a peer that answers from far away."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from select import select
from typing import Protocol, TypeVar

from digest.delivery.transport.outcome import Lane

Job = TypeVar("Job")
Result = TypeVar("Result")
# So long no answer, and the lane that waited longest is read anyway: its own time limit decides.
PATIENCE = 1.0


class Pool(Protocol):
    """Held lanes that take jobs."""

    lanes: list[Lane]

    def run(
        self, work: Callable[[Lane, Job], Result], jobs: Iterable[Job | None], finish: Callable[[Lane], Result]
    ) -> Generator[Result]:
        """Results as they come; a None among the jobs, and their end, completes what lanes hold back."""
        ...

    def close(self) -> None:
        """Let go of all connections."""


class Rota:
    """Takes turns on up to `size` lanes in one thread: for lanes that answer later than they are asked."""

    def __init__(self, open_lane: Callable[[], Lane], size: int) -> None:
        self._open_lane = open_lane
        self._size = size
        # The one that was used longest ago stands first.
        self.lanes: list[Lane] = []

    def run(
        self, work: Callable[[Lane, Job], Result], jobs: Iterable[Job | None], finish: Callable[[Lane], Result]
    ) -> Generator[Result]:
        """Everything happens in this thread, on whichever lane has its answer first."""
        for job in itertools.chain(jobs, [None]):
            if job is None:
                yield from map(finish, tuple(self.lanes))
            else:
                yield work(self._next(), job)

    def close(self) -> None:
        """Let go of all connections."""
        for lane in self.lanes:
            lane.close()

    def _next(self) -> Lane:
        if len(self.lanes) < self._size:
            lane = self._open_lane()
        elif self._size == 1:
            return self.lanes[0]
        else:
            lane = self.lanes.pop(self._find_ready())
        self.lanes.append(lane)
        return lane

    def _find_ready(self) -> int:
        awaited = {}
        for place, lane in enumerate(self.lanes):
            connection = lane.awaited()
            if connection is None:
                return place
            awaited[connection] = place
        answering = select(awaited, [], [], PATIENCE)[0]
        return awaited[answering[0]] if answering else 0


class LanePool:
    """Runs jobs on `size` held lanes, a thread each. Jobs are pulled lazily: no more than are under way."""

    def __init__(self, open_lane: Callable[[], Lane], size: int) -> None:
        self._open_lane = open_lane
        self._size = size
        self._mine = threading.local()
        self.lanes: list[Lane] = []
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="lane") if size > 1 else None

    def run(
        self, work: Callable[[Lane, Job], Result], jobs: Iterable[Job | None], finish: Callable[[Lane], Result]
    ) -> Generator[Result]:
        """Results as they come; with one lane everything happens in this thread, in order."""
        under_way: set[Future[Result]] = set()
        try:
            for job in itertools.chain(jobs, [None]):
                if job is None:
                    yield from (future.result() for future in wait(under_way).done)
                    under_way = set()
                    yield from map(finish, self.lanes)
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
        for lane in self.lanes:
            lane.close()

    def _work(self, work: Callable[[Lane, Job], Result], job: Job) -> Result:
        return work(self._lane(), job)

    def _lane(self) -> Lane:
        """This thread's own lane."""
        if not hasattr(self._mine, "lane"):
            self._mine.lane = self._open_lane()
            self.lanes.append(self._mine.lane)
        lane: Lane = self._mine.lane
        return lane
