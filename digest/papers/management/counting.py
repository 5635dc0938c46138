"""Shows on a terminal how far an import is; says nothing where nobody watches."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from django.db import reset_queries
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from digest.papers.sources.base import Item

_RECORDS_PER_STEP = 250


class Counter:
    """Counts records as they pass, and bytes where the input has a known size."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[records]:,} papers, {task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(compact=True),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("Reading", total=None, records=0, rate=0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """A file whose reading moves the bar. Raises OSError."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._progress.reset(self._task, description=path.name, total=size or None, records=0, rate=0)
            # A pipe that has a name is of no size.
            yield self._progress.wrap_file(file, total=size, task_id=self._task) if size else file

    def watch(self, records: Iterable[Item]) -> Iterator[Item]:
        """The same records, counted."""
        begins = time.monotonic()
        for number, record in enumerate(records, start=1):
            yield record
            if number % _RECORDS_PER_STEP == 0:
                rate = number / max(time.monotonic() - begins, 0.001)
                self._progress.update(self._task, records=number, rate=rate)
                # In debug mode Django keeps the text of all queries; a long import would fill the memory.
                reset_queries()
