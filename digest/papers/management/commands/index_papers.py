"""Brings the search index on disk up to date. The worker does so by itself; this is for right after a large import."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from digest.papers.indexing import BusyError, IndexFolder, needs_folder


class Command(BaseCommand):
    help = "Bring the search index on disk up to date. Goes on where it was stopped."

    def handle(self, **options: Any) -> None:
        del options
        if not needs_folder():
            self.stdout.write("A catalogue of this size needs no index on disk.")
            return
        folder, total = IndexFolder.current(), 0
        try:
            while taken := folder.extend(now=now(), whole=True):
                total += taken
                self.stdout.write(f"{total} papers")
        except BusyError:
            raise CommandError("Another process is building the index at this moment; look again later.") from None
        self.stdout.write(f"The index in {folder.folder} holds {len(folder.open()[1])} papers.")
