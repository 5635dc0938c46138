"""What waits for what in the broker: a real one, read as workers read it."""

from __future__ import annotations

import pytest
import redis

from digest.celery import app
from digest.delivery.pulse import QUEUES, count_queued
from digest.tasks import compose, plan_more, tick


@pytest.mark.once
def test_the_clock_goes_before_letters_that_waited_longer(broker: redis.Redis) -> None:
    compose.delay(1, 1_000)
    plan_more.delay()
    tick.delay()
    assert [int(str(broker.llen(queue))) for queue in QUEUES] == [1, 2]
    assert count_queued(broker) == 3
    with app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        messages = [queue.get(timeout=5) for _ in range(3)]
        for message in messages:
            message.ack()
    assert [message.headers["task"].rpartition(".")[2] for message in messages] == ["tick", "compose", "plan_more"]
    assert not count_queued(broker)
