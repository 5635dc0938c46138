"""`make bench`: what the sink can take, what others and the plain way give, and what ours gives, in turns.

On PostgreSQL, a local sink and a real broker. Ratios are medians of pairs taken in one round, so that a
noisy machine is noisy for all. Needs about seven minutes; `--readers`, `--rounds` and `--sizes` ask for more.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from django.conf import settings

from tests.bench import ways, world
from tests.bench.sink import Sink, start_sink
from tests.bench.stages import time_stages
from tests.bench.ways import Reading, measure
from tests.bench.workers import Broker, Worker

PLAIN, PEER = 30, 300
Round = dict[str, Reading]
Workers = dict[int, Worker]


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=10_000, help="in each round and way (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--lanes", type=int, default=4, help="connections of each process (default %(default)s)")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 100_000], help="readerships whose cost is compared"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and tell."""
    options = parse()
    world.prepare(SEND_LANES=str(options.lanes))
    sink = start_sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    say(f"Python {platform.python_version()} of {sys.base_prefix}")
    say(f"{sink.name}, PostgreSQL, {options.readers} readers a round, {options.rounds} rounds, {options.lanes} lanes")
    topics = world.add_papers()
    with start_workers(sink, options.lanes) as workers:
        size = warm_up(sink, topics, workers)
        rounds = [run_round(sink, topics, workers, options.readers, size) for _ in range(options.rounds)]
        report(rounds)
        say(f"a letter's bytes, and the limit's: {size}")
        compare_sizes(sink, topics, workers, options.sizes)
    say("\nstages in one process, microseconds a letter")
    begin(topics, options.readers)
    world.plan()
    world.analyze()
    for line in time_stages(sink):
        say(line)
    sink.stop()


@contextmanager
def start_workers(sink: Sink, lanes: int) -> Iterator[Workers]:
    """A worker of one process and one of two, each with its own queue."""
    broker = Broker()
    workers = {count: Worker(broker, sink, count, lanes=lanes) for count in (1, 2)}
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.stop()
        broker.stop()


def warm_up(sink: Sink, topics: list[object], workers: Workers) -> int:
    """Everything once, unmeasured: pieces are compiled, connections opened. Returns a letter's bytes."""
    for worker in workers.values():
        begin(topics, 2_000)
        world.plan()
        worker.send_all()
    begin(topics, 500)
    world.plan()
    ways.work()
    size = letter_size(topics)
    ways.push_raw(sink, 100, size)
    return size


def begin(topics: list[object], count: int) -> None:
    """So many readers who are due, and nobody else."""
    world.forget_readers()
    world.add_readers(topics, count)


def run_round(sink: Sink, topics: list[object], workers: Workers, count: int, size: int) -> Round:
    """Each way once."""
    begin(topics, PLAIN)
    world.plan()
    ways.compose()
    rows = ways.read_some(PLAIN)
    found = {"plain": measure(sink, lambda: ways.push_plainly(sink.port, rows))}
    if to_text := ways.find_text_maker():
        found["usual"] = measure(sink, lambda: ways.push_plainly(sink.port, rows, to_text=to_text))
    begin(topics, count)
    found["plan"] = measure(sink, world.plan)
    world.analyze()
    found["limit"] = ways.push_raw(sink, count, size)
    found["in process"] = measure(sink, ways.work)
    for processes, worker in workers.items():
        # Right before what it is compared with: these machines are fast and slow by turns.
        if processes > 1 and (peer := ways.push_by_newsletter(sink, rows[0], PEER)):
            found["django-newsletter"] = peer
        begin(topics, count)
        world.plan()
        world.analyze()
        found[f"limit, again {processes}"] = ways.push_raw(sink, count, size)
        found[f"celery {processes}"] = measure(sink, worker.send_all, worker.processor)
    say(f"round done: {found['celery 2'].rate:.0f} of {found['limit, again 2'].rate:.0f} letters/s")
    return found


def report(rounds: list[Round]) -> None:
    """The median of each way, and the ratios."""
    for name in rounds[0]:
        middle = sorted((each[name] for each in rounds), key=lambda reading: reading.rate)[len(rounds) // 2]
        say(f"{name:18} {middle}")
    say("\nratios, median of rounds [least..most]")
    for processes in (1, 2):
        tell(f"celery {processes} / limit", rounds, f"celery {processes}", f"limit, again {processes}", "0.65 with 2")
    tell("in process / limit", rounds, "in process", "limit", "")
    goals = {"plain": "", "usual": "80", "django-newsletter": "15"}
    for ours in ("celery 2", "in process"):
        for other in (name for name in goals if name in rounds[0]):
            tell(f"{ours} / {other}", rounds, ours, other, goals[other] if ours == "celery 2" else "")
    for name, goal in (("celery 2", "0.75"), ("celery 1", "0.75"), ("in process", "0.75")):
        shares = [each[name].sender / each[name].sink for each in rounds]
        say(f"{'processor time / sink, ' + name:34} {spread(shares)}   goal {goal or '-'}")


def tell(name: str, rounds: list[Round], top: str, bottom: str, goal: str) -> None:
    """One ratio of rates."""
    say(f"{name:34} {spread([each[top].rate / each[bottom].rate for each in rounds])}   goal {goal or '-'}")


def spread(values: list[float]) -> str:
    """A median with its ends."""
    return f"{statistics.median(values):7.2f} [{min(values):.2f}..{max(values):.2f}]"


def compare_sizes(sink: Sink, topics: list[object], workers: Workers, sizes: list[int]) -> None:
    """What a reader costs, and what a worker's process holds, as the readership grows."""
    say("\nwarm workers of one process and of two, by readership")
    for size in sizes:
        for processes, worker in workers.items():
            begin(topics, size)
            world.plan()
            world.analyze()
            found = measure(sink, worker.send_all, worker.processor)
            share = f"{found.sender / found.sink:.2f} of the sink's"
            held = f"{worker.memory():.0f} MB, {worker.own_memory():.0f} its own"
            say(f"{size:9} readers, {processes} {found}, {share}   {held}")
    own = psutil.Process().memory_info().rss / 2**20
    say(f"this process, which did all ways: {own:.0f} MB")


def letter_size(topics: list[object]) -> int:
    """Bytes of one of the letters on the wire."""
    from datetime import timedelta

    from digest.composing.book import open_book
    from digest.delivery.ready import Printer

    begin(topics, 20)
    world.plan()
    ways.compose()
    rows = ways.read_some(20)
    printer = Printer(open_book(rows), now=world.SLOT + timedelta(minutes=1))
    return max(len(printer.write(row).message.content) for row in rows)  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
