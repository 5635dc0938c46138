"""The ways that are measured side by side, each as a function that sends letters and says how many."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.mail import get_connection

from tests.bench.sink import Sink
from tests.bench.world import SLOT, find_ranges

NOW = SLOT + timedelta(minutes=1)
SESSIONS = 8


@dataclass
class Reading:
    """What one run cost, in seconds of the clock and of processors."""

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
        return f"{self.rate:8.0f} letters/s   sender {self.sender * each:7.0f} us   sink {self.sink * each:5.0f} us"


def measure(sink: Sink, work: Callable[[], int], clock: Callable[[], float] = time.process_time) -> Reading:
    """Run it and read the clocks; `clock` tells the sender's processor time."""
    wall, sender, taker = time.perf_counter(), clock(), sink.cpu()
    letters = work()
    return Reading(letters, time.perf_counter() - wall, clock() - sender, sink.cpu() - taker)


def push_raw(sink: Sink, count: int, size: int) -> Reading:
    """Messages of this size by Postfix's smtp-source over held sessions: the limit.

    Without Postfix, ready bytes through our own lane.
    """
    program = shutil.which("smtp-source") or shutil.which("/usr/sbin/smtp-source")
    if not program or sink.name != "smtp-sink":
        return measure(sink, lambda: push_bytes(sink.port, count, size))
    options = ["-d", "-s", str(SESSIONS), "-l", str(size), "-m", str(count), f"127.0.0.1:{sink.port}"]

    def run() -> int:
        subprocess.run([program, *options], check=True)
        return count

    return measure(sink, run, clock=lambda: sum(os.times()[2:4]))


def push_bytes(port: int, count: int, size: int) -> int:
    """Ready bytes through our pipelining lane, and nothing else."""
    from django.core.mail.backends.smtp import EmailBackend

    from digest.delivery.transport.outcome import Parcel, ReadyMessage
    from digest.delivery.transport.smtp import SmtpLane

    lane = SmtpLane(EmailBackend(host="127.0.0.1", port=port))
    body = b"X-Filler: 1\r\n\r\n" + (b"x" * 74 + b"\r\n") * (size // 76)
    parcel = Parcel((), ReadyMessage("s@example.org", "r@example.org", body))
    done = sum(len(lane.collect()) + len(lane.hand_over(parcel, lambda _: None)) for _ in range(count))
    done += len(lane.finish())
    lane.close()
    return done


def find_text_maker() -> Callable[[str], str] | None:
    """html2text, with which tutorials make the text part, where it is installed."""
    with contextlib.suppress(ImportError):
        maker: Callable[[str], str] = import_module("html2text").html2text
        return maker
    return None


def push_plainly(port: int, rows: list[Any], *, to_text: Callable[[str], str] | None = None) -> int:
    """Template, premailer and Django's message for every reader, one connection.

    The text part is a template's, too, which is kinder than the usual way: `to_text` makes it of the HTML.
    """
    from digest.composing.book import open_book
    from digest.composing.presentation import present_digest
    from digest.delivery.message import build_message
    from digest.rendering.inline import _parse_rules
    from digest.rendering.plain import render_digest_plainly

    book = open_book(rows)
    server = get_connection(host="127.0.0.1", port=port)
    server.open()
    for row in rows:
        # As premailer comes: nothing kept from one letter to the next.
        _parse_rules.cache_clear()
        letter = present_digest(row, book)
        mail = render_digest_plainly(letter)
        if to_text is not None:
            mail = replace(mail, text=to_text(mail.html))
        message = build_message(digest=row, mail=mail, leave_url=letter.leave_url)
        server.send_messages([message])
    server.close()
    return len(rows)


def push_by_newsletter(sink: Sink, row: Any, count: int) -> Reading | None:
    """django-newsletter with the same letter for everybody, where it is installed; None where it is not."""
    from digest.composing.book import open_book
    from digest.composing.presentation import present_digest
    from digest.rendering.render import render_digest

    interpreter = os.environ.get("NEWSLETTER_PYTHON", sys.executable)
    if subprocess.run([interpreter, "-c", "import newsletter"], check=False, capture_output=True).returncode:
        return None
    folder = Path(tempfile.mkdtemp(prefix="paperboy-peer-"))
    mail = render_digest(present_digest(row, open_book([row])))
    (folder / "letter.txt").write_text(mail.text)
    (folder / "letter.html").write_text(mail.html)
    script = str(Path(__file__).with_name("peer.py"))
    taker = sink.cpu()
    done = subprocess.run(
        [interpreter, script, str(sink.port), str(count), str(folder)], check=True, capture_output=True, text=True
    )
    shutil.rmtree(folder)
    letters, wall, cpu = done.stdout.split()
    return Reading(int(letters), float(wall), float(cpu), sink.cpu() - taker)


def compose() -> int:
    """Planned digests to composed ones, in ranges as a worker gets them."""
    from digest.composing.compose import compose_range

    return sum(compose_range(first_id=first, last_id=last, now=NOW) for first, last in find_ranges())


def work() -> int:
    """Planned digests to accepted ones, a range after the other, as a worker's task does it."""
    from digest.composing.compose import compose_digests
    from digest.delivery.send import send_range

    sent = 0
    for first, last in find_ranges():
        known = compose_digests(first_id=first, last_id=last, now=NOW)
        sent += send_range(first_id=first, last_id=last, now=NOW, known=known)["accepted"]
    return sent


def read_some(count: int) -> list[Any]:
    """Composed digests, without taking them."""
    from digest.composing.rows import read_rows

    digests = apps.get_model("composing", "Digest").objects
    ids = list(digests.filter(state="composed").order_by("id").values_list("id", flat=True)[:count])
    return read_rows(digests.filter(id__in=ids))
