"""`make bench-scale`: a production-like site on this machine sends to many readers, with one worker and with two.

PostgreSQL, Valkey with append-only, gunicorn, two beats, workers of one process each, and a mail server that
counts. The web is asked all the while. Prints cost, memory, pace, and how many workers ten million readers need.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from digest.env import ROOT
from digest.local.children import start_child
from tests.bench.figures import Run, Watch, compare
from tests.peers.fleet import OPEN, Fleet, start_fleet


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def look(watch: Watch, fleet: Fleet, port: int) -> None:
    """Ask the pages, and read the workers' memory and processor time."""
    for page in ("/", "/readyz", "/metrics"):
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=20) as answer:
                text = answer.read().decode()
        except OSError as error:
            watch.failures += 1
            say(f"  {page}: {error}")
            continue
        watch.pages.setdefault(page, []).append(time.perf_counter() - started)
        if page == "/metrics":
            rows = [line for line in text.splitlines() if line.startswith("paperboy_digests_open{")]
            watch.gauges.append(sum(int(float(line.split()[-1])) for line in rows))
    weigh(watch, fleet)


def weigh(watch: Watch, fleet: Fleet) -> None:
    """Read the workers' memory and processor time so far."""
    for number in fleet.workers:
        for pid in fleet.pool_children(number):
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                watch.memory[pid] = max(watch.memory[pid], process.memory_info().rss)
                times = process.cpu_times()
                watch.cpu[pid] = times.user + times.system


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


def run(readers: int, workers: int, *, join_at: float, hurt: bool, seconds: float, folder: Path) -> Run:
    """One edition to so many readers; a further worker may join on the way. Raises AssertionError if not whole."""
    mishaps = Mishaps([(1 / 3, "worker"), (2 / 3, "broker")] if hurt else [])
    with start_site(folder, readers, environment={}) as (fleet, port, log):
        for number in range(workers):
            fleet.start_worker(number)
        wait_until_ready(port)
        watch, started, joined, before = Watch(), time.monotonic(), 0.0, 0
        fleet.query("UPDATE subscriptions_subscriber SET next_due_at = now()")
        while (spent := time.monotonic() - started) < seconds:
            look(watch, fleet, port)
            if not watch.idle and fleet.count_states():
                watch.idle = spent
            taken = count_lines(log)
            if join_at and not joined and taken >= join_at * readers:
                fleet.start_worker(workers)
                joined, before = spent, taken
                say(f"  a worker joins after {taken} letters, {taken / (spent - watch.idle):.0f} a second so far")
            mishaps.happen(fleet, taken / readers)
            # One in doubt for each worker that was killed: those may never have left.
            if taken >= readers - hurt and is_settled(fleet, readers):
                break
            time.sleep(1)
        else:
            say(f"  NOT DONE after {seconds:.0f} s")
        spent = time.monotonic() - started
        weigh(watch, fleet)
        if joined:
            say(f"  with it: {(readers - before) / (spent - joined):.0f} letters a second")
        # The clock strikes every few seconds: until then nobody was due.
        most, cpu = max(watch.memory.values(), default=0), sum(watch.cpu.values())
        found = Run(readers, 0 if joined else workers, seconds=spent - watch.idle, cpu=cpu, memory=most)
        report(found, watch, fleet)
        audit(readers, log, fleet)
    return found


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


def report(found: Run, watch: Watch, fleet: Fleet) -> None:
    """The figures of one run, and the plans of the queries that all the others wait for."""
    gauges = watch.gauges[:: max(len(watch.gauges) // 12, 1)]
    for line in [*found.describe(), *watch.describe_pages(), f"  open digests as the metrics told: {gauges}"]:
        say(line)
    environment = {**os.environ, **fleet.environment, "DJANGO_SETTINGS_MODULE": "digest.settings"}
    subprocess.run([sys.executable, "-m", "tests.bench.plans"], env=environment, check=True)


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
    runs = []
    for readers in options.readers:
        for workers in options.workers:
            with tempfile.TemporaryDirectory(prefix="scale-", dir=options.folder) as folder:
                how = {"join_at": options.join_at, "hurt": options.hurt, "seconds": options.seconds}
                runs.append(run(readers, workers, folder=Path(folder), **how))
    for line in compare(runs):
        say(line)


if __name__ == "__main__":
    main()
