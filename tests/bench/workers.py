"""Real Celery workers on a real broker, for the measurements: one database of the broker for each of them."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from celery import current_app

from digest.local.broker import start_broker
from digest.local.children import Child, start_child, stop_children
from tests.bench.sink import Sink
from tests.bench.world import any_open, count_open, find_ranges

PATIENCE = 600.0


class Broker:
    """The embedded broker in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="paperboy-bench-"))
        self.child = start_broker(
            socket=self.folder / "valkey.sock", data=self.folder / "valkey", log_dir=self.folder / "logs"
        )

    def address(self, number: int) -> str:
        """The broker's own, with one of its databases."""
        return f"unix://{self.folder}/valkey.sock?db={number}"

    def stop(self) -> None:
        """End it."""
        stop_children([self.child])


class Worker:
    """One Celery worker with so many processes."""

    def __init__(self, broker: Broker, sink: Sink, processes: int, *, lanes: int) -> None:
        self._url = broker.address(processes)
        self._channel = f"redis+socket://{broker.folder}/valkey.sock?virtual_host={processes}"
        environment = {
            "REDIS_URL": self._url,
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "SEND_LANES": str(lanes),
            "LOG_LEVEL": "INFO",
        }
        names = ["-n", f"bench{processes}@here", "--without-gossip", "--without-mingle"]
        command = [sys.executable, "-m", "celery", "-A", "digest", "worker", "-c", str(processes), "-l", "INFO", *names]
        self._child: Child = start_child(
            f"worker-{processes}", command, log_dir=broker.folder / "logs", environment={**os.environ, **environment}
        )
        self._wait_for(lambda: " ready." in self._child.log.read_text())

    def send_all(self) -> int:
        """Offer every range to be composed and sent, and wait for the last letter; how many went."""
        from digest.tasks import compose

        waiting = count_open()
        with current_app.connection(self._channel) as connection:
            options: dict[str, Any] = {"connection": connection}
            for first, last in find_ranges():
                compose.apply_async((first, last), **options)
        self._wait_for(lambda: not any_open())
        return waiting

    def processor(self) -> float:
        """Seconds of processor time that its processes have used."""
        return float(sum(sum(each.cpu_times()[:2]) for each in self._processes()))

    def memory(self) -> float:
        """Megabytes that its largest process holds."""
        return float(max(each.memory_info().rss for each in self._pool()) / 2**20)

    def own_memory(self) -> float:
        """Megabytes that one of its processes has for itself: what another process more would take."""
        return float(max(each.memory_full_info().uss for each in self._pool()) / 2**20)

    def stop(self) -> None:
        """End it."""
        stop_children([self._child])

    def _processes(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self._child.process.pid).children(recursive=True)
        return found

    def _pool(self) -> list[psutil.Process]:
        pool: list[psutil.Process] = []
        for main in psutil.Process(self._child.process.pid).children():
            pool += main.children()
        return pool

    def _wait_for(self, done: object) -> None:
        assert callable(done)
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert not self._child.has_ended, self._child.read_tail(40)
            assert time.monotonic() < deadline, self._child.read_tail(40)
            time.sleep(0.05)
