"""`manage.py import_papers`: reads papers from files or standard input. The work is done in digest/papers/ingest.py."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.timezone import now

from digest.papers.fetch import open_fetcher
from digest.papers.ingest import import_records
from digest.papers.management.counting import Counter
from digest.papers.models import ImportRun, Source
from digest.papers.sources.registry import FORMATS
from digest.papers.storing import Tally
from digest.papers.visiting import visit_source

SHOWN_REJECTIONS = 20
_EXAMPLES = """\
examples:
  manage.py import_papers listing listing.txt
  manage.py import_papers huggingface lists/*.json.gz
  manage.py import_papers csv papers.csv --listed-on 2026-08-03 --source "Reading group"
  manage.py import_papers arxiv --visit --query "cat:cs.RO AND abs:gripper"
  curl https://example.org/papers.json | manage.py import_papers json -

kinds:
"""


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for, checked."""

    kind: str
    source: Source
    listed_on: date
    pending: bool
    now: datetime


class _AnyOrder(CommandParser):
    """Takes options before, between and after KIND and FILE."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        return self.parse_intermixed_args(args, namespace)


class Command(BaseCommand):
    help = "Import papers from files, or from standard input. Importing the same file again changes nothing."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kinds = "\n".join(f"  {kind:<12} {form.description}" for kind, form in FORMATS.items())
        kwargs |= {"epilog": _EXAMPLES + kinds, "formatter_class": RawDescriptionHelpFormatter}
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = _AnyOrder
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(FORMATS), metavar="KIND", help=f"One of: {', '.join(FORMATS)}.")
        parser.add_argument(
            "files", nargs="*", metavar="FILE", help="Files, plain or gzip; “-” or none: standard input."
        )
        parser.add_argument(
            "--visit",
            action="store_true",
            help="Ask the source itself, as its row in the admin says, instead of reading files.",
        )
        parser.add_argument("--query", metavar="WORDS", help="With --visit: what to ask for; kept on the source's row.")
        parser.add_argument(
            "--listed-on", metavar="YYYY-MM-DD", help="The day for papers that carry no listing day; today by default."
        )
        parser.add_argument(
            "--pending", action="store_true", help="Hold new papers back until a curator approves them."
        )
        parser.add_argument(
            "--source", metavar="NAME", help="Name of the source; made when missing. By default one per kind."
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        try:
            self._import_all(options)
        except DatabaseError as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise CommandError(
                f"The database failed: {reason}. Is it running, and has `manage.py migrate` run?"
            ) from error

    def _import_all(self, options: dict[str, Any]) -> None:
        if options["visit"]:
            self._visit(options)
            return
        moment = now()
        day = _read_day(options["listed_on"]) or moment.date()
        source = _find_source(options["kind"], options["source"])
        order = _Order(kind=options["kind"], source=source, listed_on=day, pending=options["pending"], now=moment)
        total, rejected, failures = Tally(), 0, 0
        with Counter() as counter:
            for name in options["files"] or ["-"]:
                run = self._import_file(name, order, counter)
                failures += run is None or run.verdict == ImportRun.Verdict.BROKEN
                if run is not None:
                    total += Tally(run.new, run.changed, run.unchanged)
                    rejected += run.rejected
        self.stdout.write(f"{total.new} new, {total.changed} changed, {total.unchanged} unchanged, {rejected} rejected")
        if failures:
            raise CommandError(f"{failures} of {len(options['files']) or 1} could not be used; see above.")
        if total == Tally():
            raise CommandError("No papers found.")

    def _visit(self, options: dict[str, Any]) -> None:
        """Visit a source as the schedule does, and say what came of it."""
        source, visit = _find_source(options["kind"], options["source"]), FORMATS[options["kind"]].visit
        if options["files"] or visit is None:
            raise CommandError(f"“{options['kind']}” is read from files; only these can be visited: {_visitable()}.")
        if options["query"] is not None:
            source.query = options["query"]
            source.save(update_fields=["query"])
        if wrong := visit.check(source.query):
            raise CommandError(f"--query: {wrong}")
        with Counter() as counter:
            run = visit_source(source.pk, fetcher=open_fetcher(clock=now), watch=counter.watch)
        if run is None:
            raise CommandError("Somebody else is visiting this source. Try again in a few minutes.")
        self._show_problems(run, shown=source.name, unit=FORMATS[options["kind"]].unit)
        self.stdout.write(f"{run.new} new, {run.changed} changed, {run.unchanged} unchanged, {run.rejected} rejected")
        self.stdout.write(f"{run.get_verdict_display()}. {run.reason}".rstrip())
        if run.verdict in {ImportRun.Verdict.BROKEN, ImportRun.Verdict.STALE, ImportRun.Verdict.RUNNING}:
            raise CommandError("The source is not complete; see above.")

    def _import_file(self, name: str, order: _Order, counter: Counter) -> ImportRun | None:
        """Import one file and say on standard error what was wrong with it; None where it cannot be opened."""
        form = FORMATS[order.kind]
        shown = "standard input" if name == "-" else name
        with ExitStack() as closing:
            try:
                stream: BinaryIO = sys.stdin.buffer if name == "-" else closing.enter_context(counter.open(Path(name)))
            except OSError as error:
                self.stderr.write(f"{shown}: {error.strerror or error}")
                return None
            run = import_records(
                source=order.source,
                origin=shown,
                records=counter.watch(form.read(stream)),
                listed_on=order.listed_on,
                now=order.now,
                pending=order.pending,
            )
        self._show_problems(run, shown=shown, unit=form.unit)
        return run

    def _show_problems(self, run: ImportRun, *, shown: str, unit: str) -> None:
        for entry in run.rejections[:SHOWN_REJECTIONS]:
            about = f" [{entry['excerpt']}]" if entry["excerpt"] else ""
            self.stderr.write(f"{shown}, {unit} {entry['line']}: {entry['reason']}{about}")
        if run.rejected > SHOWN_REJECTIONS:
            self.stderr.write(f"{shown}: and {run.rejected - SHOWN_REJECTIONS} more rejected")
        if run.error:
            self.stderr.write(f"{shown}: {run.error}")


def _visitable() -> str:
    return ", ".join(kind for kind, form in FORMATS.items() if form.visit is not None)


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"--listed-on: “{text}” is not a day like 2026-08-03.") from None


def _find_source(kind: str, name: str | None) -> Source:
    if name is not None and not name.strip():
        raise CommandError("--source: the name is empty.")
    source, _ = Source.objects.get_or_create(name=name or FORMATS[kind].default_source, defaults={"kind": kind})
    return source
