"""Several lanes at once: what hides the latency of a peer that answers from far away."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from select import select
from socket import socket
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
    """Takes turns on up to `size` lanes in one thread: for lanes that answer later than they are asked.

    Whatever is alike is done in a row: a processor that goes from one kind of work to another, or to sleep,
    needs half as much time again. So jobs are pulled a few at a time, and all lanes that have answered are used
    before it is asked again which ones have.
    """

    PULLED = 8

    def __init__(self, open_lane: Callable[[], Lane], size: int) -> None:
        self._open_lane = open_lane
        self._size = size
        # The one that was used longest ago stands first.
        self.lanes: list[Lane] = []
        self._ready: list[Lane] = []

    def run(
        self, work: Callable[[Lane, Job], Result], jobs: Iterable[Job | None], finish: Callable[[Lane], Result]
    ) -> Generator[Result]:
        """Everything happens in this thread, on whichever lane has its answer first."""
        waiting = itertools.chain(jobs, [None])
        while block := self._pull(waiting):
            for job in block:
                if job is None:
                    yield from map(finish, tuple(self.lanes))
                else:
                    yield work(self._next(), job)

    def close(self) -> None:
        """Let go of all connections."""
        for lane in self.lanes:
            lane.close()

    def _pull(self, jobs: Iterator[Job | None]) -> list[Job | None]:
        """The next few jobs; a None is the last of them, because what is behind it may take its time."""
        block: list[Job | None] = []
        for job in itertools.islice(jobs, self.PULLED):
            block.append(job)
            if job is None:
                break
        return block

    def _next(self) -> Lane:
        if len(self.lanes) < self._size:
            lane = self._open_lane()
        elif self._size == 1:
            return self.lanes[0]
        else:
            self._ready = self._ready or self._find_ready()
            lane = self._ready.pop(0)
            self.lanes.remove(lane)
        self.lanes.append(lane)
        return lane

    def _find_ready(self) -> list[Lane]:
        awaited: dict[socket, Lane] = {}
        for lane in self.lanes:
            connection = lane.awaited()
            if connection is None:
                return [lane]
            awaited[connection] = lane
        answering = select(awaited, [], [], PATIENCE)[0]
        return [awaited[connection] for connection in answering] or self.lanes[:1]


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
