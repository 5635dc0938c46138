"""`manage.py dev` as a person runs it: real processes from the first to the last."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from digest.env import ROOT

pytestmark = [pytest.mark.worker, pytest.mark.timeout(180)]


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class Run:
    """One `manage.py dev` on a fresh folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        environment = {name: text for name, text in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "dev"],
            cwd=ROOT,
            env={**environment, "VAR_DIR": str(folder), "PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.family: list[psutil.Process] = []
        self.output = ""

    def read_until(self, words: str) -> None:
        assert self.process.stdout is not None
        while words not in self.output:
            line = self.process.stdout.readline()
            assert line, self.output
            self.output += line

    def wait_until_up(self) -> None:
        """Until the site answers and the worker has its pool."""
        self.read_until("Ctrl-C stops everything")
        log, deadline = self.folder / "logs" / "worker.log", time.monotonic() + 60
        while " ready." not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def left_over(self) -> list[psutil.Process]:
        """Those still there a moment later; whose status merely was not read yet does not count."""
        left = list(self.family)
        deadline = time.monotonic() + 10
        while left and time.monotonic() < deadline:
            left = [process for process in left if not has_ended(process)]
            time.sleep(0.1)
        return left

    def end(self) -> str:
        """Wait for the end; return what was said last."""
        said, _ = self.process.communicate(timeout=60)
        return str(said)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("v")


@pytest.fixture
def run(folder: Path, free_port: int) -> Iterator[Run]:
    run = Run(folder, free_port)
    yield run
    run.process.kill()
    run.process.communicate()


def test_it_runs_everything_and_leaves_nothing_behind(run: Run) -> None:
    run.wait_until_up()
    with urlopen(f"http://127.0.0.1:{run.port}/") as answer:
        assert answer.status == 200
    # Valkey, worker with its pool, scheduler and web, each on a tether.
    assert len(run.family) >= 9
    run.process.send_signal(signal.SIGTERM)
    assert "Stopping" in run.end()
    assert run.process.returncode == 0
    assert run.left_over() == []


def test_nothing_is_left_when_it_is_killed(run: Run) -> None:
    run.wait_until_up()
    run.process.kill()
    assert run.left_over() == []


def test_a_part_that_dies_is_named_and_ends_the_rest(run: Run) -> None:
    run.wait_until_up()
    beat = next(process for process in run.family if "beat" in process.cmdline() and process.children() == [])
    beat.kill()
    said = run.end()
    assert "The beat ended with status 137" in said
    assert run.process.returncode == 1
    assert run.left_over() == []


def test_a_taken_port_is_named_with_a_way_out(folder: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        run = Run(folder, free_port)
        said = run.end()
    assert f"PORT={free_port} is taken. Choose another, for example: make run PORT={free_port + 1}" in said
    assert run.process.returncode == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "file").touch()
    run = Run(tmp_path / "file" / "var", free_port)
    said = run.end()
    assert f"{tmp_path / 'file' / 'var'} cannot be written to." in said
    assert "set VAR_DIR to another folder" in said
    assert run.process.returncode == 1
