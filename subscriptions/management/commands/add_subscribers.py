"""`manage.py add_subscribers FILE.csv`: brings subscribers in from a table, without mailing anybody."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from digest.papers.models import Topic
from subscriptions.roster import Tally, enroll
from subscriptions.table import COLUMNS, TableError, read_table

SHOWN_REJECTIONS = 50


class Command(BaseCommand):
    help = (
        f"Add subscribers from a UTF-8 CSV table with a header line. Columns, in any order, only email is needed: "
        f"{', '.join(COLUMNS)}. Topics by slug or name, separated by semicolons. Rows with a consent_at become "
        "active; the others are kept as not confirmed. Nobody is mailed, and nobody who left comes back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="The table, or - for standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything, store nothing.")

    def handle(self, *_args: Any, **options: Any) -> None:
        name: str = options["file"]
        try:
            rows = read_table(_read(name), topics=_topics(), origin="" if name == "-" else Path(name).name)
        except (OSError, TableError) as problem:
            raise CommandError(f"{name}: {problem}") from problem
        tally = Tally()
        for tally in enroll(rows, now=now(), dry_run=options["dry_run"]):
            self._show_progress(tally)
        self._report(tally, dry_run=options["dry_run"])
        if not tally.added + tally.updated + tally.unchanged:
            raise CommandError("Nothing usable in this table.")

    def _show_progress(self, tally: Tally) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{tally.lines} lines …", ending="")

    def _report(self, tally: Tally, *, dry_run: bool) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r", ending="")
        for rejected in tally.rejected[:SHOWN_REJECTIONS]:
            self.stderr.write(f"line {rejected.line}: {rejected.reason}")
        hidden = len(tally.rejected) - SHOWN_REJECTIONS
        if hidden > 0:
            self.stderr.write(f"… and {hidden} more lines rejected")
        if tally.unproven:
            self.stdout.write(
                f"{tally.unproven} said to be active without a consent_at: kept as not confirmed, not mailed. "
                "Give consent_at to make them active."
            )
        if dry_run:
            self.stdout.write("Dry run: nothing was stored. It would be:")
        self.stdout.write(str(tally))


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _topics() -> dict[str, int]:
    """Ids by folded slug and name; a slug wins over another topic's name."""
    rows = list(Topic.objects.filter(is_active=True).values_list("id", "slug", "name"))
    return {name.casefold(): pk for pk, _, name in rows} | {slug.casefold(): pk for pk, slug, _ in rows}
