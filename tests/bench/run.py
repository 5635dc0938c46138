"""`make bench`: what the sink can take, what a template and premailer per reader give, and what ours gives.

One process on PostgreSQL and a local sink, taken in turns, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.management import call_command
from django.db import connection

from tests import servers
from tests.bench.sink import Sink, start_sink

LAST = 2**31


@dataclass
class Reading:
    """What one run cost."""

    letters: int
    wall: float
    sender: float
    sink: float

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.letters / self.wall

    def __str__(self) -> str:
        each = 1e6 / self.letters
        return f"{self.rate:8.0f} letters/s, sender {self.sender * each:7.0f} us, sink {self.sink * each:5.0f} us each"


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")


def measure(sink: Sink, work: Callable[[], int]) -> Reading:
    """Run it and read the clocks."""
    wall, sender, taker = time.perf_counter(), time.process_time(), sink.cpu()
    letters = work()
    # The sink may still be at the last message.
    return Reading(letters, time.perf_counter() - wall, time.process_time() - sender, sink.cpu() - taker)


def prepare() -> None:
    """Settings, an empty PostgreSQL with its tables."""
    servers.ON_POSTGRES = True
    servers.prepare_environment()
    os.environ["DJANGO_SETTINGS_MODULE"] = "digest.settings"
    django.setup()
    call_command("migrate", verbosity=0)


def add_papers(count: int = 300) -> list[Any]:
    """Papers of the week with abstracts of the usual length, each in one of twenty topics."""
    from tests.factories import make_paper, make_topic

    topics = [make_topic(f"Field {number}") for number in range(20)]
    for number in range(count):
        make_paper(
            f"On the structure of result {number}: methods, limits and a careful comparison",
            topics=(topics[number % 20],),
            authors=[f"Author {number} {letter}" for letter in "ABCDE"],
            abstract="We study a question of general interest and give an answer with some care. " * 9,
            votes=number % 97,
            arxiv_id=f"2608.{number:05d}",
            code_url="https://github.com/example/code",
        )
    return topics


def add_readers(topics: list[Any], count: int) -> None:
    """Readers with three topics each, all due."""
    from tests.factories import make_subscriber

    for number in range(count):
        make_subscriber(follows=tuple(topics[(number + step) % 20] for step in range(3)))


def push_raw(port: int, messages: Iterable[bytes]) -> int:
    """Ready bytes through the pipelining lane alone: the limit."""
    from digest.delivery.transport.outcome import Parcel, ReadyMessage
    from digest.delivery.transport.smtp import SmtpLane

    lane = SmtpLane(EmailBackend(host="127.0.0.1", port=port))
    parcels = [Parcel((), ReadyMessage("s@example.org", "r@example.org", body)) for body in messages]
    answers = [answer for parcel in parcels for answer in lane.hand_over(parcel, lambda _: None)]
    answers += lane.finish()
    lane.close()
    return len(answers)


def push_plainly(port: int, digests: list[Any]) -> int:
    """Template, premailer and Django's message for every reader, one connection."""
    from digest.composing.presentation import open_book, present_digest
    from digest.delivery.message import build_message
    from digest.rendering.inline import _parse_rules
    from digest.rendering.plain import render_digest_plainly

    book = open_book(digests)
    server = get_connection(host="127.0.0.1", port=port)
    server.open()
    for digest in digests:
        # As premailer comes: nothing kept from one letter to the next.
        _parse_rules.cache_clear()
        letter = present_digest(digest, book)
        message = build_message(digest=digest, mail=render_digest_plainly(letter), leave_url=letter.leave_url)
        server.send_messages([message])
    server.close()
    return len(digests)


def analyze() -> None:
    """What PostgreSQL does by itself within a minute: learn how large the tables are."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_and_compose() -> int:
    """Due rows to composed digests."""
    from digest.composing.compose import compose_range
    from digest.composing.schedule import open_due
    from tests.factories import NOW

    open_due(now=NOW)
    return compose_range(first_id=1, last_id=LAST, now=NOW)


def send() -> int:
    """Composed digests to accepted ones."""
    from digest.delivery.send import send_range
    from tests.factories import NOW

    return send_range(first_id=1, last_id=LAST, now=NOW)["accepted"]


def main() -> None:
    """Print the readings and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    prepare()
    sink = start_sink()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        sink.port,
    )
    say(f"{sink.name}, PostgreSQL, {options.readers} readers a round")
    topics = add_papers()
    rounds = [run_round(sink, topics, options.readers) for _ in range(options.rounds)]
    for name in rounds[0]:
        say(f"{name:14} {sorted((each[name] for each in rounds), key=lambda r: r.rate)[len(rounds) // 2]}")

    def ratio(top: str, bottom: str) -> float:
        return statistics.median(each[top].rate / each[bottom].rate for each in rounds)

    ours = statistics.median(each["end to end"].sender / each["raw"].sink for each in rounds)
    say(f"end to end / raw limit       {ratio('end to end', 'raw'):.2f}   (goal 0.65)")
    say(f"end to end / plain way       {ratio('end to end', 'plain'):.0f}    (goal 80)")
    say(f"sender's CPU / sink's CPU    {ours:.1f}    (goal 0.75)")
    say(f"most memory                  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (goal 150)")
    sink.stop()


def run_round(sink: Sink, topics: list[Any], count: int) -> dict[str, Reading]:
    """Each way once; the first letters warm the compiled pieces."""
    add_readers(topics, count)
    analyze()
    composing = measure(sink, plan_and_compose)
    analyze()
    digests = apps.get_model("composing", "Digest").objects.filter(state="composed").select_related("subscriber")
    some = list(digests[:40])
    plain = measure(sink, lambda: push_plainly(sink.port, some))
    sending = measure(sink, send)
    body = b"X-Filler: 1\r\n\r\n" + (b"x" * 74 + b"\r\n") * 620
    raw = measure(sink, lambda: push_raw(sink.port, [body] * count))
    whole = Reading(sending.letters, composing.wall + sending.wall, composing.sender + sending.sender, sending.sink)
    return {"raw": raw, "plain": plain, "compose": composing, "send": sending, "end to end": whole}


if __name__ == "__main__":
    main()
