"""Who of several connections is used next, and when what is to be sent is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from socket import socket, socketpair
from typing import Any, cast

import pytest

from digest.delivery.transport.outcome import Lane
from digest.delivery.transport.pool import Rota


class Echo:
    """Answers as soon as `peer` writes to it; waits for nothing before its first job."""

    def __init__(self) -> None:
        self.mine, self.peer = socketpair()
        self.asked = False
        self.jobs: list[str] = []

    def awaited(self) -> socket | None:
        return self.mine if self.asked else None

    def close(self) -> None:
        self.mine.close()
        self.peer.close()


@pytest.fixture
def echoes() -> Iterator[list[Echo]]:
    """The lanes that were opened."""
    opened: list[Echo] = []
    yield opened
    for echo in opened:
        echo.close()


def open_rota(echoes: list[Echo], size: int) -> Rota:
    def open_lane() -> Lane:
        echoes.append(Echo())
        return cast("Lane", echoes[-1])

    return Rota(open_lane, size)


def give(lane: Lane, job: str) -> str:
    echo = cast("Any", lane)
    echo.jobs.append(job)
    echo.asked = True
    return job


def test_whoever_has_answered_is_next(echoes: list[Echo]) -> None:
    rota = open_rota(echoes, 3)

    def jobs() -> Iterator[str]:
        yield from ("a", "b", "c")

    assert list(rota.run(give, jobs(), lambda _: "end")) == ["a", "b", "c", "end", "end", "end"]
    echoes[2].peer.send(b"!")
    echoes[0].peer.send(b"!")
    list(rota.run(give, iter(["d", "e"]), lambda _: "end"))
    assert [echo.jobs for echo in echoes] == [["a", "d"], ["b"], ["c", "e"]]


def test_before_a_wait_everything_is_completed_and_nothing_behind_it_is_made(echoes: list[Echo]) -> None:
    rota, told = open_rota(echoes, 2), []

    def jobs() -> Iterator[str | None]:
        yield "a"
        yield None
        told.append("waited")
        yield "b"

    with closing(rota.run(give, jobs(), lambda _: "end")) as results:
        for result in results:
            told.append(result)  # noqa: PERF402  # the jobs write to it meanwhile
    assert told == ["a", "end", "waited", "b", "end", "end"]


def test_only_a_few_are_made_before_the_first_leaves(echoes: list[Echo]) -> None:
    rota, made = open_rota(echoes, 1), []

    def jobs() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with closing(rota.run(lambda _, job: job, jobs(), lambda _: -1)) as results:
        assert next(results) == 0
        assert len(made) == Rota.PULLED
        assert list(results) == [*range(1, 100), -1]
