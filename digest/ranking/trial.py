"""Runs the product's own ranking and search over a benchmark. Pure, but for the file it is told to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import fold_text
from digest.ranking.blend import Blend, Profile, Scores
from digest.ranking.corpus import Corpus
from digest.ranking.diversity import LOOKED_AT, likeness_of, spread_out
from digest.ranking.embed import Embedder
from digest.ranking.evaluate import RANKED, Asker, Benchmark
from digest.ranking.facts import Leaf
from digest.ranking.search import SearchIndex, count_query, make_archive
from digest.ranking.word_table import Vectors

_TOP = 10

# Texts, their vectors, the new ones' places, the libraries, the readers' profiles: scores (readers, new).
Ranker = Callable[[list[str], Vectors, list[int], list[list[int]], list[Profile]], Scores]


def _blend(
    texts: list[str], vectors: Vectors, new: list[int], libraries: list[list[int]], profiles: list[Profile]
) -> Scores:
    corpus = Corpus([fold_text(text) for text in texts], vectors)
    kept = [np.unique(np.array(library, dtype=np.int64)) for library in libraries]
    return Blend(corpus, corpus.papers.take(np.array(new, dtype=np.int64)), kept).score(corpus.papers, profiles)


def _words(
    texts: list[str], vectors: Vectors, new: list[int], libraries: list[list[int]], profiles: list[Profile]
) -> Scores:
    """The plain measure to beat: cosine of word rows with the profile's sum."""
    del libraries
    corpus = Corpus([fold_text(text, pairs=False) for text in texts], vectors)
    turned = corpus.papers.words.take(np.array(new, dtype=np.int64)).turn()
    rows = [profile.weights[None] @ corpus.papers.words.take(profile.places).meet(turned) for profile in profiles]
    return np.concatenate(rows).astype(np.float64)


RANKERS: dict[str, Ranker] = {"blend": _blend, "words": _words}


def rank_readers(
    benchmark: Benchmark, vectors: Vectors, *, embedder: Embedder, ranker: str = "blend"
) -> dict[str, list[str]]:
    """For each reader the best hundred of the new papers, liked ones left out. What was held out is never read."""
    places = {paper.id: place for place, paper in enumerate(benchmark.papers)}
    topics = sorted({topic for reader in benchmark.readers for topic in reader.topics})
    topic_places = {topic: len(benchmark.papers) + number for number, topic in enumerate(topics)}
    texts = [paper.text for paper in benchmark.papers] + topics
    vectors = np.concatenate([vectors, embedder.embed(topics)]) if topics else vectors
    new = np.array([place for place, paper in enumerate(benchmark.papers) if paper.is_new], dtype=np.int64)
    likes = [_places_of(reader, places) for reader in benchmark.readers]
    profiles = [
        Profile.of(known + [topic_places[topic] for topic in reader.topics])
        for known, reader in zip(likes, benchmark.readers, strict=True)
    ]
    scores = RANKERS[ranker](texts, vectors, new.tolist(), likes, profiles)
    for row, known in enumerate(likes):
        scores[row, np.isin(new, known)] = -np.inf
    orders = _order(scores, likeness_of(vectors[new]) if ranker == "blend" else None)
    return {
        reader.id: [benchmark.papers[place].id for place in new[order]]
        for reader, order in zip(benchmark.readers, orders, strict=True)
    }


def _order(scores: Scores, alike: NDArray[np.int8] | None) -> Iterator[NDArray[np.intp]]:
    """Each reader's best hundred places; with `alike` the first ten are spread out, as digests do."""
    for row in scores:
        order = np.argsort(-row, kind="stable")[:RANKED]
        order = order[np.isfinite(row[order])]
        if alike is not None and len(order):
            head = order[None, :LOOKED_AT]
            first = spread_out(head, row[head], places=np.array([_TOP]), alike=alike)[0]
            first = first[first >= 0]
            order = np.concatenate([first, order[~np.isin(order, first)]])
        yield order


def _places_of(reader: Asker, places: Mapping[str, int]) -> list[int]:
    """Where the liked papers stand; each once, unknown ones left out."""
    return [places[name] for name in dict.fromkeys(reader.likes) if name in places]


def rank_queries(benchmark: Benchmark, *, embedder: Embedder) -> dict[str, list[str]]:
    """For each query the best hundred of all papers."""
    vectors = embedder.embed([paper.text for paper in benchmark.papers])
    leaves = [Leaf(place, paper.title, paper.abstract, 0) for place, paper in enumerate(benchmark.papers)]
    index = SearchIndex([make_archive(leaves, vectors)])
    found: dict[str, list[str]] = {}
    for query in benchmark.queries:
        vector = embedder.embed([query.text])
        best = index.find(bag=count_query(query.text), vector=vector, most=RANKED)
        found[query.id] = [benchmark.papers[place].id for place in best.places]
    return found


def write_rankings(path: Path, rankings: Mapping[str, list[str]]) -> None:
    """One JSON line a reader or query: `{"id": ..., "ranking": [paper ids, best first]}`."""
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"id": name, "ranking": ranking}) + "\n" for name, ranking in rankings.items())
