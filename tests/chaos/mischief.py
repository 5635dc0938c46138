"""What can happen to a fleet: each kind of mischief does its harm, mends it, and counts what it may cost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import redis

from tests.peers.faults import Fault
from tests.peers.fleet import Fleet
from tests.peers.peer import Peer

# What a mail server does for a while, each with a chance for each message.
MOODS: dict[str, tuple[Fault, ...]] = {
    "greylists": (Fault("rcpt", code=450, share=0.2, first=True),),
    "is short of space": (Fault("rcpt", code=452, share=0.2),),
    "closes after five": (Fault("mail", code=421, after=5),),
    "hangs up early": (
        Fault("connect", do="drop", share=0.2),
        Fault("mail", do="drop", share=0.05),
        Fault("rcpt", do="drop", share=0.05),
        Fault("data", do="drop", share=0.05),
    ),
    "loses messages": (Fault("body", do="drop", share=0.02),),
    "keeps and hangs up": (Fault("taken", do="drop", share=0.02),),
    "dawdles": (Fault("taken", do="hang", share=0.1, seconds=1.0),),
    "defers the body": (Fault("body", code=451, share=0.1),),
}


@dataclass
class Mischief:
    """Hurts a fleet at random, and keeps count of what that may have cost."""

    fleet: Fleet
    smtp: Peer
    chance: random.Random
    always: tuple[Fault, ...]
    say: Callable[[str], None]
    did: Counter[str] = field(default_factory=Counter)
    # Pool processes killed: each may leave what was in its hands unknown.
    killed: int = 0
    # When readers left, by address.
    left_at: dict[str, float] = field(default_factory=dict)

    def strike(self) -> None:
        """Do one thing."""
        kinds: dict[str, tuple[int, Callable[[], None]]] = {
            "kill a child": (6, self.kill_child),
            "kill a worker": (3, self.kill_worker),
            "stop a worker": (1, self.stop_worker),
            "freeze a child": (2, self.freeze_child),
            "change the mail server's mood": (6, self.change_mood),
            "empty the broker": (2, self.fleet.flush_valkey),
            "kill the broker": (2, self.kill_broker),
            "a reader leaves": (3, self.leave),
            "start a second beat": (1, self.start_beat),
        }
        if self.fleet.postgres:
            kinds["restart the database"] = (1, lambda: self.fleet.restart_postgres("fast"))
            kinds["crash the database"] = (1, lambda: self.fleet.restart_postgres("immediate"))
            kinds["end all connections"] = (2, self.fleet.end_backends)
        [name] = self.chance.choices(list(kinds), [weight for weight, _ in kinds.values()])
        self.did[name] += 1
        self.say(name)
        with contextlib.suppress(redis.RedisError):
            kinds[name][1]()

    def kill_child(self) -> None:
        """Kill one pool process of a random worker; celery starts another."""
        children = [pid for number in self.fleet.workers for pid in self.fleet.pool_children(number)]
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(children), signal.SIGKILL)
                self.killed += 1

    def kill_worker(self) -> None:
        """Kill a worker with its pool, and start it again."""
        number = self.chance.choice(list(self.fleet.workers))
        self.killed += self.fleet.kill_tree(number)
        time.sleep(self.chance.uniform(0, 2))
        self.fleet.start_worker(number)

    def stop_worker(self) -> None:
        """Stop a worker with little patience, and start it again."""
        number = self.chance.choice(list(self.fleet.workers))
        size = len(self.fleet.pool_children(number))
        self.killed += size * self.fleet.stop_worker(number, patience=3)
        self.fleet.start_worker(number)

    def freeze_child(self) -> None:
        """Stop a pool process for a while, as a busy machine does."""
        children = [pid for number in self.fleet.workers for pid in self.fleet.pool_children(number)]
        if children:
            pid = self.chance.choice(children)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                time.sleep(self.chance.uniform(0.5, 2))
                os.kill(pid, signal.SIGCONT)

    def change_mood(self) -> None:
        """Let the mail server misbehave until the next change."""
        mood = self.chance.choice(list(MOODS))
        self.did[f"the mail server {mood}"] += 1
        self.smtp.play(*self.always, *MOODS[mood])

    def kill_broker(self) -> None:
        """Kill the broker, and start it again after a while, with or without what it held."""
        self.fleet.kill_valkey(keep_data=self.chance.random() < 0.5)
        time.sleep(self.chance.uniform(0, 4))
        self.fleet.start_valkey()

    def leave(self) -> None:
        """A reader whose digest has not gone yet unsubscribes."""
        rows = self.fleet.query(
            "SELECT s.id, s.email FROM composing_digest d JOIN subscriptions_subscriber s ON s.id = d.subscriber_id "
            "WHERE d.state IN ('planned', 'composed', 'retry', 'sending') AND s.state = 'active'"
        )
        if rows:
            reader, email = self.chance.choice(sorted(rows))
            self.fleet.query("UPDATE subscriptions_subscriber SET state = 'left' WHERE id = %s", reader)
            self.left_at[str(email).lower()] = time.time()

    def start_beat(self) -> None:
        """One more scheduler; all of them stay."""
        if self.did["start a second beat"] == 1:
            self.fleet.start_beat()

    def mend(self) -> None:
        """Make everything well again: whatever is still wrong afterwards is the project's own fault."""
        self.smtp.play(*self.always)
        for number in (1, 2):
            if number not in self.fleet.workers or self.fleet.workers[number].has_ended:
                self.fleet.start_worker(number)
