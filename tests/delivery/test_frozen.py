"""Servers that stand still without going away, and connections that keep breaking: a real fleet goes on by itself.

Rows of the fault table: 7 (broker frozen), 8 (broker connections reset), 10 and 11 (database restarted,
its connections ended), 12 (database frozen while claims are held).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import redis

from tests.peers.faults import Fault
from tests.peers.fleet import Fleet, start_fleet
from tests.peers.peer import Peer, start_peer

pytestmark = pytest.mark.worker
READERS = 24
DATABASE = "postgres" if os.environ.get("PAPERBOY_TEST_DATABASE") == "postgres" else "sqlite"
needs_postgres = pytest.mark.skipif(DATABASE == "sqlite", reason="a file cannot be frozen: see the PostgreSQL pass")


@pytest.fixture(scope="module")
def ground() -> Iterator[Fleet]:
    """A database and a broker, which outlive the tests: to make them takes longer than a test."""
    quick = {"SWEEP_SECONDS": "2", "RETRY_SECONDS": "2", "EMAIL_TIMEOUT": "5", "CANARY_SHARE": "0", "SEND_RATE": "6"}
    with start_fleet(database=DATABASE, **quick) as started:
        yield started


@pytest.fixture
def fleet(ground: Fleet) -> Iterator[Fleet]:
    """Two dozen readers who are due and nothing of an earlier test; everything but the workers."""
    ground.flush_valkey()
    ground.manage("shell", "-c", f"from tests.peers.readers import start_anew; start_anew(readers={READERS})")
    yield ground
    ground.stop_all()


@pytest.fixture
def smtp(fleet: Fleet, tmp_path: Path) -> Iterator[Peer]:
    """A mail server that takes everything; the fleet's work begins."""
    with start_peer("smtp", tmp_path) as peer:
        fleet.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{peer.port}"
        fleet.start_worker(1)
        fleet.start_beat()
        deadline = time.monotonic() + 40
        while not peer.taken():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield peer


def assert_everyone_once(fleet: Fleet, smtp: Peer) -> None:
    """Nobody is missed, nobody got two, and nothing is left in doubt."""
    assert fleet.wait_until_settled(seconds=60, least=READERS), fleet.count_states()
    counts = fleet.count_states()
    assert max(Counter(smtp.taken()).values()) == 1
    assert len(smtp.taken()) == counts["accepted"]
    assert counts["accepted"] + counts["skipped"] == READERS


def freeze(processes: list[psutil.Process], seconds: float) -> None:
    """Stop processes in their tracks for a while; a database's helpers come and go by themselves."""
    frozen: list[psutil.Process] = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
            frozen.append(process)
    time.sleep(seconds)
    for process in frozen:
        process.resume()


def test_a_broker_that_stands_still_stops_the_flow_only_as_long(fleet: Fleet, smtp: Peer) -> None:
    assert fleet.broker
    freeze(psutil.Process(fleet.broker.process.pid).children(), 8)
    assert_everyone_once(fleet, smtp)


def test_a_broker_that_keeps_hanging_up_is_met_again(fleet: Fleet, smtp: Peer) -> None:
    with redis.Redis(unix_socket_path=str(fleet.folder / "valkey.sock")) as client:
        for _ in range(5):
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            time.sleep(1)
    assert_everyone_once(fleet, smtp)


@needs_postgres
def test_a_database_that_stands_still_leads_to_no_second_mail(fleet: Fleet, smtp: Peer) -> None:
    assert fleet.postgres
    server = psutil.Process(fleet.postgres.get_postmaster_info().pid)
    freeze([server, *server.children()], 8)
    assert_everyone_once(fleet, smtp)


@needs_postgres
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_that_restarts_in_the_middle_loses_nobody(fleet: Fleet, smtp: Peer, mode: str) -> None:
    smtp.play(Fault("taken", do="hang", seconds=0.5, times=4))
    fleet.restart_postgres(mode)
    assert_everyone_once(fleet, smtp)


@needs_postgres
def test_database_connections_that_keep_ending_lose_nobody(fleet: Fleet, smtp: Peer) -> None:
    for _ in range(3):
        fleet.end_backends()
        time.sleep(1)
    assert_everyone_once(fleet, smtp)
