"""Measuring rankings, and a small set of our own that keeps the quality from falling."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digest.ranking.embed import load_embedder
from digest.ranking.evaluate import Asker, BenchmarkError, average, measure, read_benchmark
from digest.ranking.trial import RANKERS, rank_queries, rank_readers
from tests.ranking.quality import make_quality_set

BARS = {"words": 0.8, "meaning": 0.8, "library": 0.2}
SET = Path(__file__).parent / "small_set.jsonl"


def test_measures_are_those_of_the_books() -> None:
    found = measure(["a", "x", "b"], frozenset({"a", "b"}))
    assert found["nDCG@10"] == pytest.approx(1.5 / (1 + 1 / 1.5849625))
    assert (found["recall@10"], found["hit@10"], measure(["x"], frozenset("a"))["nDCG@10"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"type": "song", "id": 1}', '{"type": "query", "id": 1}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"type": "paper", "id": "a", "title": "A", "abstract": ""}\n' + line)
    with pytest.raises(BenchmarkError, match="Line 2"):
        read_benchmark(file)


@pytest.mark.parametrize("ranker", sorted(RANKERS))
def test_the_ranking_stays_as_good_as_it_is(ranker: str) -> None:
    benchmark = read_benchmark(SET)
    embedder = load_embedder("static")
    vectors = embedder.embed([paper.text for paper in benchmark.papers])
    rankings = rank_readers(benchmark, vectors, embedder=embedder, ranker=ranker).ranked
    quality = average(measure(rankings[reader.id], reader.wanted) for reader in benchmark.readers)
    assert quality["nDCG@10"] >= {"blend": 0.9, "words": 0.3}[ranker]


def test_the_search_stays_as_good_as_it_is() -> None:
    benchmark = read_benchmark(SET)
    rankings = rank_queries(benchmark, embedder=load_embedder("static"))
    quality = average(measure(rankings[query.id], query.wanted) for query in benchmark.queries)
    assert quality["nDCG@10"] >= 0.9


def by_kind(askers: list[Asker], rankings: dict[str, list[str]]) -> dict[str, float]:
    kinds: dict[str, list[dict[str, float]]] = {}
    for asker in askers:
        if asker.wanted:
            kinds.setdefault(asker.id.partition("-")[0], []).append(measure(rankings[asker.id], asker.wanted))
    return {kind: average(measured)["nDCG@10"] for kind, measured in kinds.items()}


def test_each_part_of_the_ranking_goes_on_serving_those_it_is_for() -> None:
    # Without words, meaning or libraries their readers fall below half; without a half of a part, below the bar.
    benchmark, embedder = make_quality_set(), load_embedder("static")
    vectors = embedder.embed([paper.text for paper in benchmark.papers])
    found = by_kind(benchmark.readers, rank_readers(benchmark, vectors, embedder=embedder).ranked)
    assert {kind: value >= BARS[kind] for kind, value in found.items()} == dict.fromkeys(BARS, True), found


def test_search_goes_on_finding_by_words_and_by_meaning() -> None:
    benchmark = make_quality_set()
    found = by_kind(benchmark.queries, rank_queries(benchmark, embedder=load_embedder("static")))
    assert min(found["words"], found["meaning"]) >= 0.95, found


def test_the_commands_print_measures_and_write_rankings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed, out = tmp_path / "set.jsonl.gz", tmp_path / "rankings.jsonl"
    packed.write_bytes(gzip.compress(SET.read_bytes()))
    call_command("evaluate_search", packed)
    call_command("evaluate_ranking", packed, out=out)
    told = capsys.readouterr().out
    assert all(
        name in told for name in ("recall@100", "nDCG@10", "hit@10", "list similarity", "variety", "readers a second")
    )
    first = json.loads(out.read_text().splitlines()[0])
    assert list(first) == ["id", "ranking"]
    assert not set(first["ranking"]) & {"r1", "r2"}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("evaluate_ranking", tmp_path / "none.jsonl")
