"""A paper that the renderer chokes on: found, set aside for the curators, and left out, so that digests go."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from digest.composing.book import Book
from digest.composing.presentation import present_digest
from digest.composing.rows import DigestRow
from digest.papers.curation import set_aside
from digest.papers.models import Paper
from digest.rendering.render import render_digest

logger = logging.getLogger(__name__)

# A letter takes milliseconds; one that takes this long never ends.
BUILD_SECONDS = 10.0


@contextmanager
def time_limit(seconds: float = BUILD_SECONDS) -> Iterator[None]:
    """Raise TimeoutError in the block after so long. Outside a process's main thread there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def quarantine(digests: Sequence[DigestRow], book: Book, *, now: datetime) -> bool:
    """Set aside the papers that cannot be rendered even alone; whether any was found.

    When every paper fails, the fault is not a paper's: then nothing is touched.
    """
    entries = {entry["paper"]: entry for digest in digests for entry in digest.entries if entry["paper"] in book.papers}
    poison = [paper for paper, entry in entries.items() if not _renders(digests[0], entry, book)]
    if not poison or len(poison) == len(entries):
        return False
    set_aside(Paper.objects.filter(pk__in=poison), now=now)
    for paper in poison:
        logger.error("Paper %s cannot be rendered; it waits for a curator, and digests go without it.", paper)
        del book.papers[paper]
        book.gone.add(paper)
    return True


def _renders(digest: DigestRow, entry: dict[str, Any], book: Book) -> bool:
    alone = digest._replace(entries=[entry])
    try:
        with time_limit():
            render_digest(present_digest(alone, book))
    except Exception:
        logger.exception("Looking for the paper at fault: %s fails.", entry["paper"])
        return False
    return True


def _give_up(*_: object) -> None:
    raise TimeoutError(f"Building the letter took more than {BUILD_SECONDS:.0f} seconds.")
