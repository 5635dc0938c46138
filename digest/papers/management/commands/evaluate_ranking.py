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
from digest.ranking.evaluate import (
    LEAST_GONE,
    MOST_LOST,
    Benchmark,
    BenchmarkError,
    average,
    mean_likeness,
    measure,
    read_benchmark,
    tell,
)
from digest.ranking.trial import RANKERS, TOP, Rankings, rank_readers, write_rankings
from digest.ranking.word_table import Vectors


class Command(BaseCommand):
    help = "Rank a benchmark's new papers for its readers, and print how good the rankings are."
    # It needs nothing of the site but the embedder's name.
    requires_system_checks = ()

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
            write_rankings(out, rankings.ranked)
        self.stdout.write(f"{ranker} with {embedder.name}, {len(benchmark.readers)} readers")
        for group, measured in _measure(benchmark, rankings, vectors).items():
            told = tell(average(measured), group, with_encoder=embedder.trust > 1)
            self.stdout.write(f"{group} ({len(measured)}): {told}")
        self.stdout.write(_tell_variety(benchmark, rankings))
        self.stdout.write(f"{len(rankings.ranked) / max(seconds, 1e-9):.0f} readers a second")


def _measure(benchmark: Benchmark, rankings: Rankings, vectors: Vectors) -> dict[str, list[dict[str, float]]]:
    """By kind of reader, which is what stands before the first dash of their id."""
    rows = {paper.id: row for row, paper in enumerate(benchmark.papers)}
    groups: dict[str, list[dict[str, float]]] = {}
    for reader in (reader for reader in benchmark.readers if reader.wanted):
        ranked = rankings.ranked[reader.id]
        found = measure(ranked, reader.wanted)
        found["list similarity"] = mean_likeness(
            vectors[np.array([rows[name] for name in ranked[:TOP]], dtype=np.int64)]
        )
        for group in ("all", reader.id.partition("-")[0]):
            groups.setdefault(group, []).append(found)
    return groups


def _tell_variety(benchmark: Benchmark, rankings: Rankings) -> str:
    """What spreading out the first ten costs, and what it brings."""
    wanted = {reader.id: reader.wanted for reader in benchmark.readers if reader.wanted}
    before, after = (
        average(measure(lists[name], held) for name, held in wanted.items()).get("nDCG@10", 0.0)
        for lists in (rankings.unspread, rankings.ranked)
    )
    lost = 1 - after / before if before else 0.0
    gone = 1 - rankings.near[1] / rankings.near[0] if rankings.near[0] else 0.0
    return (
        f"variety: near-duplicate pairs {rankings.near[0]} before, {rankings.near[1]} after ({gone:.0%} gone, target "
        f"{LEAST_GONE:.0%}); nDCG@10 {before:.3f} before, {after:.3f} after ({lost:.1%} lost, target {MOST_LOST:.0%})"
    )
