"""Child processes of the supervisor: each in its own session, with its own log, never outliving us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digest.env import ROOT

# How long children may take to end of their own accord, in seconds.
GRACE = 15.0


class LocalError(Exception):
    """Something a person must put right; the text says what and how."""


@dataclass(frozen=True)
class Child:
    """A running command and where its output goes."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self.process.poll() is not None

    def read_tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start_child(
    name: str, command: Sequence[str | Path], *, log_dir: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start a command on a tether. Its log starts afresh; the one before is kept beside it."""
    log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = log_dir / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    tether = [sys.executable, "-S", "-m", "digest.local.tether"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [*tether, *map(str, command)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, log, process)


def stop_children(children: Iterable[Child], *, grace: float = GRACE) -> None:
    """Ask all to end, wait up to `grace` seconds in all, then end what is left."""
    running = list(children)
    for child in running:
        child.process.terminate()
    deadline = time.monotonic() + grace
    for child in running:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        if child.process.stdin:
            child.process.stdin.close()
