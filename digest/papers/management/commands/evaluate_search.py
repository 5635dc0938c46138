"""Measures the search that the site uses on a file of queries and their answers. Never writes the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digest.ranking.embed import MissingEmbedderError, load_embedder
from digest.ranking.evaluate import BenchmarkError, average, measure, read_benchmark, tell
from digest.ranking.trial import rank_queries, write_rankings


class Command(BaseCommand):
    help = "Search a benchmark's papers for its queries, and print how good the results are."

    # It needs nothing of the site but the embedder's name.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="JSON lines of papers and queries; .gz too.")
        parser.add_argument("--out", type=Path, metavar="RANKINGS.jsonl", help="Write each query's ranking here.")

    def handle(self, *, file: Path, out: Path | None, **options: Any) -> None:
        del options
        try:
            benchmark = read_benchmark(file)
            embedder = load_embedder(settings.EMBEDDER)
        except (OSError, BenchmarkError, MissingEmbedderError) as error:
            raise CommandError(str(error)) from None
        if not benchmark.queries:
            raise CommandError(f"{file} holds no queries.")
        started = perf_counter()
        rankings = rank_queries(benchmark, embedder=embedder)
        seconds = perf_counter() - started
        if out:
            write_rankings(out, rankings)
        measured = [measure(rankings[query.id], query.wanted) for query in benchmark.queries if query.wanted]
        told = tell(average(measured), "search", with_encoder=embedder.trust > 1)
        self.stdout.write(f"search with {embedder.name}, {len(benchmark.queries)} queries: {told}")
        self.stdout.write(f"{seconds:.1f} seconds with building the index")
