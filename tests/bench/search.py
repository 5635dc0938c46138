"""`make bench-search`: how long searches take in one process over many papers, start-up and memory included."""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

from tests.bench.library import FIELDS, fill, make_text, prepare, read_words, say

QUERIES = 200


def take_time(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that it takes, by the clock and of the processor."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - started) * 1_000, (time.process_time() - cpu) * 1_000


def describe(times: list[tuple[float, float]]) -> str:
    """Medians and the slow end, by the clock and of the processor: on a busy machine the clock also counts others."""
    parts = []
    for name, values in zip(("clock", "processor"), zip(*times, strict=True), strict=True):
        ordered = sorted(values)
        parts.append(f"{name} {statistics.median(ordered):5.1f} ms (p95 {ordered[int(len(ordered) * 0.95)]:5.1f})")
    return ", ".join(parts)


def make_queries() -> dict[str, list[str]]:
    """Searches of several kinds, the same each time."""
    from digest.papers.models import Paper

    chance = random.Random(11)
    words, weights = read_words()
    titles = list(Paper.objects.order_by("pk").values_list("title", flat=True)[:QUERIES])
    return {
        "2 words": [make_text(chance, words, weights, n % FIELDS, 2) for n in range(QUERIES)],
        "4 words": [make_text(chance, words, weights, n % FIELDS, 4) for n in range(QUERIES)],
        "12 words": [make_text(chance, words, weights, n % FIELDS, 12) for n in range(QUERIES)],
        "a title": titles,
        "a phrase": [f'"{" ".join(title.split()[2:4])}"' for title in titles[:50]],
    }


def main() -> None:
    """Build, search, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--folder", default="", help="keep the catalogue and the index here, and use them again")
    options = parser.parse_args()
    prepare(folder=options.folder, on_postgres=False)
    fill(options.papers)
    from digest.papers.models import Paper
    from digest.papers.search import find_papers, find_similar
    from digest.ranking.facts import Narrowing

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f"first search of a process: {take_time(lambda: find_papers(query='coarse control', limit=20))[0]:.0f} ms")
    time.sleep(1.0)

    def time_queries(kind: str, queries: list[str], narrowing: Narrowing | None = None) -> None:
        times = [take_time(partial(find_papers, query=query, limit=20, narrowing=narrowing)) for query in queries]
        say(f"{kind:>10}: {describe(times)}")

    for kind, queries in make_queries().items():
        time_queries(kind, queries)
    narrowing = Narrowing(source="List 1", with_code=True, first_day=730_000)
    time_queries("filtered", make_queries()["4 words"], narrowing)
    papers = Paper.objects.order_by("pk").values_list("pk", flat=True)[:QUERIES]
    times = [take_time(partial(find_similar, paper_id=paper, limit=5)) for paper in papers]
    say(f"{'similar':>10}: {describe(times)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f"most memory of the process: {peak / 1024:.0f} MB ({before / 1024:.0f} MB before the first search)")


if __name__ == "__main__":
    main()
