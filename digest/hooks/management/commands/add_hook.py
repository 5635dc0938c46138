"""`manage.py add_hook`: lets another program hear of readers and editions. The work is done in digest/hooks/."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils.timezone import now

from digest.hooks.gather import add_hook
from digest.hooks.models import Hook
from digest.papers.fetch import split_address
from digest.papers.sources.base import FetchError


class Command(BaseCommand):
    help = "Call an https address of another program from now on; prints the secret its calls are signed with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL")
        parser.add_argument("--event", action="append", choices=Hook.Kind.values, metavar="EVENT", required=True)
        parser.epilog = "events: " + ", ".join(Hook.Kind.values)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        url = options["url"]
        try:
            split_address(url, hosts={urlsplit(url).hostname or ""})
            hook = add_hook(url=url, kinds=options["event"], now=now())
        except (FetchError, ValueError) as error:
            raise CommandError(str(error)) from None
        except IntegrityError:
            raise CommandError("This address is called already; change it on the desk.") from None
        self.stdout.write(hook.secret)
