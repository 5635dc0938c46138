"""`manage.py import_site`: reads a copy into an empty site, whole or not at all. See digest/web/transfer.py."""

from __future__ import annotations

import gzip
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from digest.papers.models import Paper
from digest.web.restoring import hold_everything
from digest.web.transfer import TransferError, read_head, read_site
from subscriptions.models import Subscriber


class Command(BaseCommand):
    help = "Read a copy that export_site made into an empty, migrated site. Nobody is mailed for what went since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--moving",
            action="store_true",
            help="The old site was stopped before the copy was made: what waited there is sent from here.",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        if any(model.objects.exists() for model in (Subscriber, Paper, User)):
            raise CommandError("This site is not empty; nothing was read. Import into a new, migrated database.")
        try:
            self._read(options["file"], moving=options["moving"])
        except (TransferError, KeyError, ValueError) as error:
            raise CommandError(f"Nothing was stored: {error}") from None
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise CommandError(f"Nothing was stored: {options['file']} cannot be read ({error}).") from None
        except DatabaseError as error:
            raise CommandError(f"Nothing was stored: {str(error).splitlines()[0]}") from error

    def _read(self, path: Path, *, moving: bool) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as file, transaction.atomic():
            head = read_head(file.readline())
            made_at = datetime.fromisoformat(head["made_at"])
            counts = read_site(file)
            held = {} if moving else hold_everything(made_at=made_at, now=now())
        self.stdout.write(f"Read {counts.total():,} rows of a copy of {made_at:%Y-%m-%d %H:%M} UTC.")
        for what, count in held.items():
            self.stdout.write(f"Held: {count:,} {what}.")
        if not moving:
            self.stdout.write(
                "Who left, bounced or was erased after the copy is subscribed again: replay your provider's events "
                "and suppressions of that time, or unsubscribe them, before you start the workers."
            )
