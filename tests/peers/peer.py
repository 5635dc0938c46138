"""A peer from the test's side: starts the process, sets its faults, reads its log."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from digest.env import ROOT
from tests.peers.faults import Fault, read_log, write_faults


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer."""

    process: subprocess.Popen[str]
    port: int
    log: Path
    control: Path

    def play(self, *faults: Fault) -> None:
        """From now on, these faults and no others."""
        write_faults(self.control, faults)

    def forget(self) -> None:
        """No faults and an empty log, as if it had just started."""
        self.play()
        os.truncate(self.log, 0)

    def lines(self, what: str) -> list[dict[str, Any]]:
        """What it logged of one kind: taken, refused, repeated or fault."""
        return [line for line in read_log(self.log) if line["what"] == what]

    def taken(self) -> list[str]:
        """The recipients whose mail it kept, once for each time."""
        return [str(line["recipient"]) for line in self.lines("taken")]

    def twice(self) -> list[str]:
        """Recipients that it kept more than one mail for."""
        return sorted(who for who, times in Counter(self.taken()).items() if times > 1)


@contextmanager
def start_peer(kind: Literal["smtp", "provider"], folder: Path, *, seed: int = 0) -> Iterator[Peer]:
    """A peer on a free port, with its files in `folder`; it ends with the block, or with this process."""
    log, control = folder / f"{kind}.log", folder / f"{kind}.faults"
    arguments = ["--log", str(log), "--control", str(control), "--seed", str(seed)]
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.peers.{kind}", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Peer(process, int(process.stdout.readline()), log, control)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
