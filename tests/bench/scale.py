"""`make bench-scale`: a production-like site on this machine sends to many readers, with one worker and with two.

PostgreSQL, Valkey with append-only, gunicorn, two beats, workers of one process each, and a mail server that
counts. The web is asked all the while. Prints cost, memory, pace, and how many workers ten million readers need.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from digest.env import ROOT
from digest.local.children import start_child
from tests.peers.fleet import OPEN, Fleet, start_fleet

TEN_MILLION_AN_HOUR = 10_000_000 / 3600
PLANS = {
    "due scan": "SELECT id FROM subscriptions_subscriber WHERE state = 'active' AND next_due_at <= now()"
    " ORDER BY next_due_at, id LIMIT 1000",
    "claim": "SELECT id FROM composing_digest WHERE state IN ('composed', 'retry')"
    " AND id BETWEEN 1 AND 1000 ORDER BY id",
    "sweep": "SELECT id FROM composing_digest WHERE state IN ('planned', 'composed', 'retry') ORDER BY id LIMIT 1000",
}


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Watch:
    """What was seen while the letters left."""

    pages: list[float] = field(default_factory=list)
    failures: int = 0
    gauges: list[int] = field(default_factory=list)
    memory: Counter[int] = field(default_factory=Counter)
    cpu: dict[int, float] = field(default_factory=dict)
    # Seconds before the first digest was planned.
    idle: float = 0.0

    def look(self, fleet: Fleet, port: int) -> None:
        """Ask two pages, and read the workers' memory and processor time."""
        for page in ("/", "/readyz", "/metrics"):
            started = time.perf_counter()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=20) as answer:
                    text = answer.read().decode()
            except OSError as error:
                self.failures += 1
                say(f"  {page}: {error}")
                continue
            self.pages.append(time.perf_counter() - started)
            if page == "/metrics":
                rows = [line for line in text.splitlines() if line.startswith("paperboy_digests_open{")]
                self.gauges.append(sum(int(float(line.split()[-1])) for line in rows))
        for number in fleet.workers:
            for pid in fleet.pool_children(number):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process = psutil.Process(pid)
                    self.memory[pid] = max(self.memory[pid], process.memory_info().rss)
                    times = process.cpu_times()
                    self.cpu[pid] = times.user + times.system


@contextmanager
def start_sink(log: Path) -> Iterator[int]:
    """The counting mail server; its port."""
    command = [sys.executable, "-m", "tests.bench.counting", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def read_production() -> dict[str, str]:
    """Settings as an operator would write them."""
    lines = (ROOT / "tests" / "production.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@contextmanager
def start_site(folder: Path, readers: int, *, environment: dict[str, str]) -> Iterator[tuple[Fleet, int, Path]]:
    """Everything but the workers, with its database filled; the fleet, the web's port, the mail server's log."""
    log = folder / "taken.txt"
    log.unlink(missing_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with start_sink(log) as smtp:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp}", "CANARY_SHARE": "0", "WORKER_CONCURRENCY": "1"}
        site = {"DEBUG": "0", "BIND": f"127.0.0.1:{port}", "SITE_URL": f"http://127.0.0.1:{port}"}
        settings = read_production() | site | mail | environment
        with start_fleet(database="postgres", SWEEP_SECONDS="5", **settings) as fleet:
            load = [sys.executable, "-m", "tests.bench.load", str(readers)]
            subprocess.run(load, env={**os.environ, **fleet.environment}, check=True)
            fleet.start_beat()
            fleet.start_beat()
            serve = [sys.executable, "-m", "gunicorn", "-c", "python:digest.serving", "digest.wsgi"]
            child = start_child("web", serve, log_dir=fleet.folder / "logs", environment=fleet.environment)
            fleet.others.append(child)
            yield fleet, port, log


@dataclass
class Mishaps:
    """What goes wrong on the way: a worker is killed at a third, the broker at two thirds; both are started again."""

    left: list[tuple[float, str]]

    def happen(self, fleet: Fleet, share: float) -> None:
        """Let what is due at this share of the letters happen."""
        while self.left and share >= self.left[0][0]:
            _, what = self.left.pop(0)
            if what == "worker":
                number = min(fleet.workers)
                fleet.kill_tree(number)
                fleet.start_worker(number + 10)
            else:
                fleet.kill_valkey(keep_data=True)
                fleet.start_valkey()
            say(f"  at {share:.0%} the {what} was killed with KILL and started again")


def run(readers: int, workers: int, *, join_at: float = 0.0, hurt: bool = False, seconds: float, folder: Path) -> None:
    """One edition to so many readers; a further worker may join on the way. Raises AssertionError if not whole."""
    mishaps = Mishaps([(1 / 3, "worker"), (2 / 3, "broker")] if hurt else [])
    with start_site(folder, readers, environment={}) as (fleet, port, log):
        for number in range(workers):
            fleet.start_worker(number)
        wait_until_ready(port)
        watch, started, joined, before = Watch(), time.monotonic(), 0.0, 0
        fleet.query("UPDATE subscriptions_subscriber SET next_due_at = now()")
        while time.monotonic() - started < seconds:
            watch.look(fleet, port)
            if not watch.idle and fleet.count_states():
                watch.idle = time.monotonic() - started
            taken, spent = count_lines(log), time.monotonic() - started
            if join_at and not joined and taken >= join_at * readers:
                fleet.start_worker(workers)
                joined, before = spent, taken
                say(f"  a worker joins after {taken} letters, {taken / (spent - watch.idle):.0f} a second so far")
            mishaps.happen(fleet, taken / readers)
            # One in doubt for each worker that was killed: those may never have left.
            if taken >= readers - hurt and is_settled(fleet, readers):
                break
            time.sleep(1)
        # The clock strikes once a minute: until then nobody was due.
        wall = time.monotonic() - started - watch.idle
        if joined:
            say(f"  with it: {(readers - before) / (wall + watch.idle - joined):.0f} letters a second")
        report(readers, 0 if joined else workers, watch, wall, fleet)
        audit(readers, log, fleet)


def is_settled(fleet: Fleet, readers: int) -> bool:
    """Whether every reader has a digest and none is on its way."""
    states = fleet.count_states()
    return states.total() >= readers and not any(states[state] for state in OPEN)


def wait_until_ready(port: int) -> None:
    """Until beat, broker, a worker and the web work together."""
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20):
            return
        time.sleep(0.5)
    raise RuntimeError("The site does not become ready.")


def count_lines(log: Path) -> int:
    """How many messages were taken."""
    with log.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def report(readers: int, workers: int, watch: Watch, wall: float, fleet: Fleet) -> None:
    """The figures."""
    cpu, rate = sum(watch.cpu.values()), readers / wall
    memory = max(watch.memory.values(), default=0) / 2**20
    crew = f"{workers} worker(s)" if workers else "one more worker on the way"
    say(f"{readers:>9,} readers, {crew}: {rate:7.0f} a second, {wall:6.0f} s in all")
    say(f"  processor time of the workers a reader: {cpu / readers * 1e6:.0f} us; most memory: {memory:.0f} MB")
    if workers:
        say(f"  ten million in an hour: {TEN_MILLION_AN_HOUR / rate * workers:.0f} workers like these")
    pages = sorted(watch.pages)
    median, worst = statistics.median(pages) * 1000, pages[-1] * 1000
    say(f"  pages meanwhile: {len(pages)} answered, {watch.failures} not; median {median:.0f}, slowest {worst:.0f} ms")
    say(f"  open digests as the metrics told: {watch.gauges[:: max(len(watch.gauges) // 12, 1)]}")
    for name, sql in PLANS.items():
        [plan, *_] = fleet.query(f"EXPLAIN {sql}")
        rest = " / ".join(str(row[0]).strip() for row in fleet.query(f"EXPLAIN {sql}") if "Scan" in str(row[0]))
        say(f"  {name}: {rest or plan[0]}")


def audit(readers: int, log: Path, fleet: Fleet) -> None:
    """Nobody missing, nobody twice: by the mail server's own list."""
    with log.open() as file:
        times = Counter(line.strip() for line in file)
    twice = sum(count - 1 for count in times.values() if count > 1)
    states = dict(fleet.count_states())
    say(f"  taken: {times.total():,} letters for {len(times):,} readers; {twice} twice, {readers - len(times)} missing")
    say(f"  states: {states}")
    assert not twice, "Somebody got two."
    assert readers - len(times) <= states.get("unknown", 0), "Somebody got none, and no state tells."


def main() -> None:
    """Run each size with each number of workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--join-at", type=float, default=0.0, help="A further worker joins at this share.")
    parser.add_argument("--hurt", action="store_true", help="Kill a worker and the broker on the way.")
    parser.add_argument("--seconds", type=float, default=7200, help="At most, for one run.")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="For the mail server's list.")
    options = parser.parse_args()
    for readers in options.readers:
        for workers in options.workers:
            run(
                readers,
                workers,
                join_at=options.join_at,
                hurt=options.hurt,
                seconds=options.seconds,
                folder=options.folder,
            )


if __name__ == "__main__":
    main()
