"""`manage.py export_site`: a copy of everything in one file, for backups and for moving. See digest/web/transfer.py."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.timezone import now

from digest.web.transfer import write_site

OWNER_ONLY = 0o600


class Command(BaseCommand):
    help = "Write everything the site holds to one file (gzip), as of one moment, while it runs. It holds addresses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="A new file, such as paperboy-2026-08-03.jsonl.gz.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        target: Path = options["file"]
        if target.exists():
            raise CommandError(f"{target} is there already; nothing was written.")
        part = target.with_name(target.name + ".part")
        try:
            lines = self._write(part)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        part.rename(target)
        self.stdout.write(f"{lines:,} lines in {target}. Keep SUPPRESSION_KEY and SECRET_KEY elsewhere, and with it.")

    def _write(self, part: Path) -> int:
        number = 0
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as raw,
            gzip.open(raw, "wt", encoding="utf-8", compresslevel=6) as file,
            transaction.atomic(),
        ):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    # One moment for all tables, without keeping anybody waiting.
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for line in write_site(now=now()):
                number += 1
                file.write(line)
        return number
