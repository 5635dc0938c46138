"""Stores the papers' vectors. The worker does so by itself; this is for another embedder, or a large import."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from digest.papers.vectors import embed_waiting, find_unembedded
from digest.ranking.embed import MissingEmbedderError, load_embedder


class Command(BaseCommand):
    help = "Store a vector for each paper that has none, or whose text changed. Goes on where it was stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--model", default=settings.EMBEDDER, help="static, minilm or a model of the hub (default: EMBEDDER)"
        )
        parser.add_argument("--all", action="store_true", help="Embed every paper anew, whatever is stored.")

    def handle(self, *, model: str, **options: Any) -> None:
        again, moment = bool(options["all"]), now()
        try:
            embedder = load_embedder(model)
        except MissingEmbedderError as error:
            raise CommandError(str(error)) from None
        total = find_unembedded(embedder, before=moment if again else None).count()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        done = 0
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            shown = progress.add_task("Papers", total=total)
            for count in embed_waiting(embedder=embedder, now=moment, again=again):
                done += count
                progress.update(shown, completed=done)
        self.stdout.write(f"{done} papers embedded with {embedder.name}, {embedder.dimension} numbers each.")
