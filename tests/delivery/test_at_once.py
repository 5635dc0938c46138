"""Several ticks and workers at once, and readers who change their mind while their digest is on its way.

Rows of the fault table: 5, 7 and 9 (broker gone, silent or full: the database keeps the work),
13 (a lock on the edition), 25 (leaving, erasure and suppression while it runs), 27 (two beats),
38 (pause in the middle).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import redis
from django.db import connection, transaction

from digest import tasks
from digest.composing.models import Digest, Edition
from digest.composing.schedule import open_due
from digest.delivery import ledger
from digest.papers.models import Paper
from subscriptions.leaving import leave
from subscriptions.models import Subscriber, Suppression
from subscriptions.suppression import suppress
from tests.delivery.acts import LAST, compose_for, readers, send_all, state_of, states, sweep
from tests.factories import NOW, make_subscriber
from tests.peers.faults import Fault
from tests.peers.peer import Peer

pytestmark = pytest.mark.django_db(transaction=True)
Result = TypeVar("Result")


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """Run works in threads that start together, each on a connection of its own."""
    barrier = threading.Barrier(len(works))
    results: list[Result] = []

    def run(work: Callable[[], Result]) -> None:
        barrier.wait()
        results.append(work())
        connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == len(works)
    return results


@contextmanager
def sending_held_up(smtp: Peer) -> Iterator[None]:
    """While the block runs, a send waits for the server's answer to its first mail."""
    smtp.play(Fault("taken", do="hang", seconds=1.5, times=1))

    def send() -> None:
        send_all()
        connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    deadline = time.monotonic() + 10
    while not smtp.taken():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield
    sender.join(30)


def test_two_ticks_at_once_plan_one_digest_a_reader() -> None:
    for address in readers(40):
        make_subscriber(address)
    at_once(*[lambda: open_due(now=NOW)] * 4)
    assert states() == {"planned": 40}
    assert not Subscriber.objects.filter(next_due_at__lte=NOW).exists()


def test_workers_that_claim_the_same_range_share_nothing() -> None:
    compose_for(*readers(60))

    def claim(token: str) -> list[int]:
        return [d.pk for d in ledger.claim(first_id=1, last_id=LAST, token=token, now=NOW, limit=25)]

    claims = at_once(*[lambda token=f"worker-{n}": claim(token) for n in range(4)])
    taken = [digest for each in claims for digest in each]
    assert len(taken) == len(set(taken)) >= 25
    assert states()["sending"] == len(taken)


def test_workers_that_send_the_same_range_send_each_digest_once(smtp: Peer) -> None:
    compose_for(*readers(60))
    at_once(*[send_all] * 3)
    send_all(seconds=1)
    assert sorted(smtp.taken()) == sorted(readers(60))
    assert states() == {"accepted": 60}


def leaves(reader: Subscriber) -> None:
    leave(subscriber_id=reader.pk, now=NOW)


def is_erased(reader: Subscriber) -> None:
    reader.delete()


def is_suppressed(reader: Subscriber) -> None:
    suppress(address=reader.email, scope=Suppression.Scope.ALL, reason=Suppression.Reason.COMPLAINED)


@pytest.mark.parametrize("change", [leaves, is_erased, is_suppressed])
def test_whoever_goes_while_the_claim_is_worked_on_gets_nothing(smtp: Peer, change: Any) -> None:
    *_, last = compose_for(*readers(3))
    with sending_held_up(smtp):
        change(last.subscriber)
    send_all(seconds=5)
    assert sorted(smtp.taken()) == readers(2)
    assert states() == ({"accepted": 2} if change is is_erased else {"accepted": 2, "skipped": 1})


def test_a_pause_stops_a_send_in_the_middle_and_loses_nobody(smtp: Peer) -> None:
    compose_for(*readers(5))
    edition = Edition.objects.get()
    with sending_held_up(smtp):
        ledger.pause(edition.pk, reason="a wrong title", now=NOW)
    assert states() == {"accepted": 1, "retry": 4}
    assert send_all(seconds=5).total() == 0
    ledger.resume(edition.pk)
    assert send_all(seconds=5) == {"accepted": 4}


def test_a_lock_held_on_the_edition_delays_nobody_for_ever(smtp: Peer) -> None:
    compose_for(*readers(3))

    def hold() -> None:
        with transaction.atomic():
            Edition.objects.select_for_update().update(title="held")
            time.sleep(1.5)

    results = at_once(hold, send_all)
    assert {"accepted": 3} in results
    assert sorted(smtp.taken()) == readers(3)


def test_a_paper_withdrawn_in_the_middle_goes_to_nobody_any_more(smtp: Peer) -> None:
    compose_for(*readers(2))
    Paper.objects.update(withdrawn_at=NOW)
    assert send_all() == {"skipped": 2}
    assert smtp.taken() == []


def test_without_a_broker_the_sweep_says_so_and_loses_nothing() -> None:
    compose_for("ada@example.org")
    started = time.monotonic()
    tasks.reconcile()
    assert time.monotonic() - started < 20
    assert states() == {"composed": 1}


def test_a_full_broker_stops_no_sweep(broker: redis.Redis) -> None:
    compose_for("ada@example.org")
    broker.config_set("maxmemory", 1)
    try:
        tasks.reconcile()
    finally:
        broker.config_set("maxmemory", 0)
    assert states() == {"composed": 1}


def test_a_claim_left_by_nobody_is_listed_and_not_sent_again(smtp: Peer) -> None:
    compose_for("ada@example.org")
    ledger.claim(first_id=1, last_id=LAST, token="x" * 32, now=NOW, limit=1)
    sweep(minutes=1)
    assert state_of("ada@example.org") == "sending"
    sweep(minutes=3)
    assert state_of("ada@example.org") == "unknown"
    assert Digest.objects.get().error
    assert send_all(hours=1).total() == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_a_claim_passes_over_rows_that_another_worker_writes() -> None:
    held, *others = (digest.pk for digest in compose_for(*readers(3)))
    with transaction.atomic():
        Digest.objects.select_for_update().get(pk=held)
        claimed = at_once(lambda: ledger.claim(first_id=1, last_id=LAST, token="t", now=NOW, limit=10))[0]
    assert [row.pk for row in claimed] == others
