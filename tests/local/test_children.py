"""Children on their tethers: real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from digest.local.children import Child, start_child, stop_children

# A child with a child of its own; both say who they are.
FAMILY = "import os, subprocess, sys; print(os.getpid(), flush=True); subprocess.run([sys.executable, '-c', '{}'])"
SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
DEAF = "import os, signal, time; signal.signal(15, signal.SIG_IGN); print(os.getpid(), flush=True); time.sleep(60)"


def start(code: str, log_dir: Path, *, says: int = 1) -> Child:
    child = start_child("child", [sys.executable, "-c", code], log_dir=log_dir)
    wait_for(lambda: len(child.log.read_text().split()) == says)
    return child


def wait_for(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator] # any callable
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that merely waits for its status to be read has."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def pids(child: Child) -> list[int]:
    return [int(word) for word in child.log.read_text().split()]


def test_a_child_ends_when_asked(tmp_path: Path) -> None:
    child = start(SLEEPER, tmp_path)
    started = time.monotonic()
    stop_children([child])
    assert time.monotonic() - started < 5
    assert child.process.returncode == 128 + signal.SIGTERM
    assert is_gone(pids(child)[0])


def test_a_deaf_child_is_ended_after_its_grace(tmp_path: Path) -> None:
    child = start(DEAF, tmp_path)
    stop_children([child], grace=0.3)
    wait_for(lambda: is_gone(pids(child)[0]))


def test_a_child_asked_to_end_while_it_starts_does_not_stay(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys; from digest.local import tether; start = subprocess.Popen\n"
        "def start_and_hear_term(*a, **k):\n"
        "    child = start(*a, **k); os.kill(os.getpid(), 15); return child\n"
        "subprocess.Popen = start_and_hear_term\n"
        f"sys.exit(tether.main([sys.executable, '-c', {SLEEPER!r}]))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True) as asked:
        assert asked.wait(30) == 128 + signal.SIGTERM


def test_grandchildren_go_with_a_killed_child(tmp_path: Path) -> None:
    child = start(FAMILY.format(SLEEPER), tmp_path, says=2)
    main, grandchild = pids(child)
    os.kill(main, signal.SIGKILL)
    wait_for(lambda: is_gone(grandchild))
    stop_children([child])


def test_everything_goes_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from digest.local.children import start_child;"
        f"start_child('child', [sys.executable, '-c', {FAMILY.format(DEAF)!r}], log_dir=Path({str(tmp_path)!r}));"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    log = tmp_path / "child.log"
    wait_for(lambda: log.exists() and len(log.read_text().split()) == 2)
    parent.kill()
    parent.wait()
    for pid in map(int, log.read_text().split()):
        wait_for(lambda pid=pid: is_gone(pid))


@pytest.mark.parametrize("status", [0, 7])
def test_a_childs_status_is_its_own(tmp_path: Path, status: int) -> None:
    child = start_child("child", [sys.executable, "-c", f"raise SystemExit({status})"], log_dir=tmp_path)
    assert child.process.wait(10) == status
    stop_children([child])


def test_the_log_of_before_is_kept(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        child = start_child("child", [sys.executable, "-c", f"print('{text}')"], log_dir=tmp_path)
        child.process.wait(10)
        stop_children([child])
    assert child.read_tail() == "three"
    assert (tmp_path / "child.log.1").read_text() == "two\n"
