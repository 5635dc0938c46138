"""Measures the ranking that digests use on a file of readers and what they kept. Never writes the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digest.ranking.embed import MissingEmbedderError, load_embedder
from digest.ranking.evaluate import BenchmarkError, average, mean_likeness, measure, read_benchmark
from digest.ranking.trial import RANKERS, rank_readers, write_rankings

_TOP = 10


class Command(BaseCommand):
    help = "Rank a benchmark's new papers for its readers, and print how good the rankings are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="JSON lines of papers and readers; .gz too.")
        parser.add_argument("--out", type=Path, metavar="RANKINGS.jsonl", help="Write each reader's ranking here.")
        parser.add_argument("--ranker", choices=sorted(RANKERS), default="blend")

    def handle(self, *, file: Path, out: Path | None, ranker: str, **options: Any) -> None:
        del options
        try:
            benchmark = read_benchmark(file)
            embedder = load_embedder(settings.EMBEDDER)
        except (OSError, BenchmarkError, MissingEmbedderError) as error:
            raise CommandError(str(error)) from None
        if not benchmark.readers:
            raise CommandError(f"{file} holds no readers.")
        vectors = embedder.embed([paper.text for paper in benchmark.papers])
        started = perf_counter()
        rankings = rank_readers(benchmark, vectors, embedder=embedder, ranker=ranker)
        seconds = perf_counter() - started
        if out:
            write_rankings(out, rankings)
        rows = {paper.id: row for row, paper in enumerate(benchmark.papers)}
        groups: dict[str, list[dict[str, float]]] = {}
        for reader in (reader for reader in benchmark.readers if reader.wanted):
            found = measure(rankings[reader.id], reader.wanted)
            tops = np.array([rows[name] for name in rankings[reader.id][:_TOP]], dtype=np.int64)
            found["list similarity"] = mean_likeness(vectors[tops])
            for group in ("all", reader.id.partition("-")[0]):
                groups.setdefault(group, []).append(found)
        self.stdout.write(f"{ranker} with {embedder.name}, {len(benchmark.readers)} readers")
        for group, measured in groups.items():
            told = ", ".join(f"{name} {value:.3f}" for name, value in average(measured).items())
            self.stdout.write(f"{group} ({len(measured)}): {told}")
        self.stdout.write(f"{len(rankings) / max(seconds, 1e-9):.0f} readers a second")
