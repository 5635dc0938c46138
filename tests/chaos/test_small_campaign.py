"""A small campaign of faults with a fixed seed, in a process of its own; the large one is `make chaos`.

Rows of the fault table that a campaign covers together: 1, 2, 5, 6, 21 to 23, 25, 27, 29, 31.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from digest.env import ROOT


@pytest.mark.worker
def test_nobody_is_missed_and_nobody_gets_two_while_everything_around_breaks() -> None:
    size = ["--readers", "150", "--seconds", "15", "--pause", "1", "--patience", "60"]
    database = "postgres" if os.environ.get("PAPERBOY_TEST_DATABASE") == "postgres" else "sqlite"
    command = [sys.executable, "-m", "tests.chaos.campaign", "--seed", "1", *size, "--database", database]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
