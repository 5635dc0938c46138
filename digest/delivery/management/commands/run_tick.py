"""`manage.py run_tick`: the whole flow once, in this process, without a broker."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from digest.composing.compose import compose_range
from digest.composing.moments import parse_moment
from digest.composing.schedule import open_due
from digest.delivery.reconcile import find_work
from digest.delivery.send import send_range
from subscriptions.emails import send_waiting


class Command(BaseCommand):
    help = (
        "Run the whole flow once, in this process and without a broker:\n"
        "plan a digest for everyone who is due, compose, send and record.\n"
        "Mail about subscriptions that waits (confirmations and the like) goes too.\n\n"
        "Running it again sends nothing twice: each reader has one digest per period.\n\n"
        "  manage.py run_tick\n"
        "  manage.py run_tick --now 2026-08-03T08:00+02:00   rehearse a moment"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            type=parse_moment,
            metavar="ISO-MOMENT",
            help="Act as if it were this moment; without a zone it counts as UTC. Default: the clock.",
        )

    def handle(self, **options: Any) -> None:
        moment = options["now"] or now()
        due = open_due(now=moment)
        result: Counter[str] = Counter()
        # Listed first: what a failed attempt leaves for later must not be met again in this run.
        for first_id, last_id in list(find_work(now=moment)):
            compose_range(first_id=first_id, last_id=last_id, now=moment)
            result += send_range(first_id=first_id, last_id=last_id, now=moment)
        notices = send_waiting(now=moment)
        counts = ", ".join(f"{count} {state}" for state, count in sorted(result.items())) or "nothing to send"
        self.stdout.write(f"{moment.isoformat()}: {due} due; {counts}; {notices} notices sent.")
