"""The command behind `make run`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from digest.local.children import LocalError
from digest.local.supervisor import Supervisor, check_port


class Command(BaseCommand):
    help = "Run broker, worker, scheduler and web on this machine, with sample papers and a mailbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (default: HOST)")
        parser.add_argument("--port", default=settings.PORT, type=int, help="port to listen on (default: PORT)")

    def handle(self, *_: Any, host: str, port: int, **__: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This runs the development servers: set DEBUG=1, or use `make run`.")
        try:
            check_port(host, port)
            Supervisor(host, port, self.say).run(now=now())
        except LocalError as error:
            raise CommandError(str(error)) from error

    def say(self, text: str) -> None:
        """Print at once, into a pipe too."""
        self.stdout.write(text)
        self.stdout.flush()
