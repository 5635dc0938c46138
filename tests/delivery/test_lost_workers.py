"""Workers killed at the worst moments: real processes, a real mail server, the notes they leave behind.

Rows of the fault table: 1 and 2 (killed workers), 3 (between acceptance and commit), 4 (the machine
went down), 12 (leases run out under a live worker), 27 (killed in mid-tick), 29 (no digest without an owner).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from digest.composing.models import Digest
from digest.composing.schedule import open_due
from digest.delivery import ledger
from digest.delivery.journal import Journal, find_dead_claims
from digest.delivery.transport.pool import LanePool
from digest.env import ROOT
from tests.conftest import database_url
from tests.delivery.acts import LAST, compose_for, readers, send_all, state_of, states, sweep
from tests.factories import NOW, make_subscriber
from tests.peers.faults import Fault
from tests.peers.peer import Peer

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture(autouse=True)
def _no_notes() -> None:
    for path in journals():
        path.unlink()


@pytest.fixture
def start_tick(smtp: Peer) -> Iterator[Start]:
    """Starts `run_tick` as a process of its own, on the test's database and mail server."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        environment = {"DATABASE_URL": database_url(), "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
        environment["VAR_DIR"] = str(django_settings.VAR_DIR)
        command = [sys.executable, "manage.py", "run_tick", "--now", NOW.isoformat()]
        running.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def wait_for(smtp: Peer, what: str, count: int) -> None:
    """Until the mail server has logged so much."""
    deadline = time.monotonic() + 30
    while len(smtp.lines(what)) < count:
        assert time.monotonic() < deadline, smtp.lines("taken")
        time.sleep(0.02)


def kill_when(start: Start, smtp: Peer, fault: Fault) -> None:
    """Start a tick and kill it as soon as the fault holds it up."""
    smtp.play(fault)
    process = start()
    wait_for(smtp, "fault", 1)
    process.kill()
    process.wait()
    smtp.play()


def test_killed_between_acceptance_and_commit_is_unknown_and_never_repeated(smtp: Peer, start_tick: Start) -> None:
    everyone = readers(5)
    compose_for(*everyone)
    kill_when(start_tick, smtp, Fault("taken", do="hang", seconds=60, after=2))
    assert states() == {"sending": 5}
    sweep(seconds=1)
    # The first went and is noted, the second was in the server's hands, three never left.
    assert states() == {"accepted": 1, "unknown": 1, "retry": 3}
    assert state_of(everyone[1]) == "unknown"
    send_all(seconds=2)
    assert states() == {"accepted": 4, "unknown": 1}
    assert sorted(smtp.taken()) == everyone


@pytest.mark.parametrize("stage", ["connect", "rcpt", "data"])
def test_killed_before_the_body_left_everyone_is_released(smtp: Peer, start_tick: Start, stage: str) -> None:
    compose_for(*readers(3))
    kill_when(start_tick, smtp, Fault(stage, do="hang", seconds=60))
    sweep(seconds=1)
    assert states() == {"retry": 3}
    assert set(Digest.objects.values_list("attempts", flat=True)) == {0}
    assert send_all(seconds=2) == {"accepted": 3}
    assert sorted(smtp.taken()) == readers(3)


def test_a_live_workers_claim_is_left_alone(smtp: Peer, start_tick: Start) -> None:
    compose_for(*readers(3))
    smtp.play(Fault("taken", do="hang", seconds=3, times=1))
    process = start_tick()
    wait_for(smtp, "fault", 1)
    sweep(seconds=1)
    assert states() == {"sending": 3}
    assert process.wait(30) == 0
    assert states() == {"accepted": 3}


def test_a_worker_slower_than_its_lease_settles_its_claim_all_the_same(smtp: Peer, start_tick: Start) -> None:
    compose_for(*readers(3))
    smtp.play(Fault("taken", do="hang", seconds=3, times=1))
    process = start_tick()
    wait_for(smtp, "fault", 1)
    sweep(minutes=10)
    assert states() == {"unknown": 3}
    assert process.wait(30) == 0
    assert states() == {"accepted": 3}
    assert sorted(smtp.taken()) == readers(3)


def test_without_notes_the_whole_claim_is_unknown_once_its_lease_is_over(smtp: Peer, start_tick: Start) -> None:
    compose_for(*readers(3))
    kill_when(start_tick, smtp, Fault("taken", do="hang", seconds=60))
    for path in journals():
        path.unlink()
    sweep(minutes=1)
    assert states() == {"sending": 3}
    sweep(minutes=3)
    assert states() == {"unknown": 3}
    assert smtp.twice() == []


def test_notes_from_before_the_machine_went_down_are_not_trusted(smtp: Peer, start_tick: Start) -> None:
    compose_for(*readers(3))
    kill_when(start_tick, smtp, Fault("taken", do="hang", seconds=60, after=2))
    [path] = journals()
    lines = path.read_text().splitlines()
    path.write_text("\n".join(['["boot","another"]', *lines[1:]]))
    sweep(seconds=1)
    assert states() == {"accepted": 1, "unknown": 2}


def test_a_tick_killed_while_composing_is_finished_by_the_next(smtp: Peer, start_tick: Start) -> None:
    compose_for("ada@example.org")
    make_subscriber("bob@example.org")
    open_due(now=NOW)
    assert states() == {"composed": 1, "planned": 1}
    assert start_tick().wait(30) == 0
    assert states() == {"accepted": 2}


def test_a_claim_that_the_database_commits_after_its_worker_died_is_released_as_well() -> None:
    compose_for(*readers(3))
    with Journal("a" * 32):
        pass
    sweep(seconds=1)
    # The server goes on with a statement whose client was killed.
    ledger.claim(first_id=1, last_id=LAST, token="a" * 32, now=NOW, limit=10)
    sweep(seconds=2)
    assert states() == {"retry": 3}
    sweep(seconds=3)
    sweep(seconds=4)
    assert journals() == []


def test_one_unreadable_note_does_not_keep_the_sweeper_from_the_others(smtp: Peer) -> None:
    compose_for(*readers(2))
    for token in ("a" * 32, "b" * 32):
        with Journal(token):
            ledger.claim(first_id=1, last_id=LAST, token=token, now=NOW, limit=1)
    path = Path(django_settings.VAR_DIR) / "journal" / ("a" * 32)
    path.write_bytes(b"\xff\x00\xfe" * 100)
    sweep(seconds=1)
    assert states() == {"unknown": 1, "retry": 1}


def test_a_note_is_never_swept_away_between_its_making_and_its_lock() -> None:
    stop = threading.Event()

    def sweep_on() -> None:
        while not stop.is_set():
            for dead in find_dead_claims():
                dead.path.unlink(missing_ok=True)

    sweeper = threading.Thread(target=sweep_on)
    sweeper.start()
    lost = 0
    for number in range(1_000):
        with Journal(f"{number:032}") as journal:
            lost += not journal._path.exists()
            journal.discard()
    stop.set()
    sweeper.join()
    assert lost == 0


def test_what_is_under_way_is_finished_before_an_error_leaves_the_pool() -> None:
    finished: list[int] = []

    def work(_lane: Any, job: int) -> int:
        time.sleep(0.2)
        finished.append(job)
        return job

    def jobs() -> Iterator[int]:
        yield 1
        raise ConnectionError("the database went away")

    pool = LanePool(lambda: None, 2)  # type: ignore[arg-type, return-value]  # no lane is used
    with pytest.raises(ConnectionError):
        list(pool.run(work, jobs(), lambda _: 0))
    assert finished == [1]


def journals() -> list[Path]:
    """The notes on this machine."""
    return sorted((Path(django_settings.VAR_DIR) / "journal").glob("*"))
