"""Runs the product's own ranking and search over a benchmark. Pure, but for the file it is told to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from digest.ranking.blend import Blend, Profile, Scores
from digest.ranking.diversity import spread_out
from digest.ranking.embed import Embedder
from digest.ranking.evaluate import RANKED, Asker, Benchmark
from digest.ranking.facts import Leaf
from digest.ranking.postings import Postings
from digest.ranking.search import SearchIndex, count_query, make_archive
from digest.ranking.word_table import Vectors
from digest.ranking.words import count_features

_CHUNK = 500
_TOP = 10

# Texts, their vectors, the new ones' places, the libraries, the readers' profiles: scores (readers, new).
Ranker = Callable[[list[str], Vectors, list[int], list[list[int]], list[Profile]], Scores]


def _blend(
    texts: list[str], vectors: Vectors, new: list[int], libraries: list[list[int]], profiles: list[Profile]
) -> Scores:
    blend = Blend(texts, vectors, new, libraries)
    chunks = [blend.score(profiles[first : first + _CHUNK]) for first in range(0, len(profiles), _CHUNK)]
    return np.concatenate(chunks).astype(np.float32)


def _words(
    texts: list[str], vectors: Vectors, new: list[int], libraries: list[list[int]], profiles: list[Profile]
) -> Scores:
    """The plain measure to beat: cosine of word rows with the profile's sum."""
    del vectors, libraries
    words = Postings(count_features(text, pairs=False) for text in texts)
    narrow = words.narrow(np.array(new, dtype=np.int64))
    rows = [words.sum_rows(profile.places, profile.weights) for profile in profiles]
    return np.stack([narrow.add_up(terms, values, narrow.cosine_values) for terms, _, values in rows])


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
    new = [place for place, paper in enumerate(benchmark.papers) if paper.is_new]
    likes = [_places_of(reader, places) for reader in benchmark.readers]
    profiles = [
        Profile.of(known + [topic_places[topic] for topic in reader.topics])
        for known, reader in zip(likes, benchmark.readers, strict=True)
    ]
    scores = RANKERS[ranker](texts, vectors, new, likes, profiles)
    names = [benchmark.papers[place].id for place in new]
    new_vectors = vectors[np.array(new, dtype=np.int64)]
    found: dict[str, list[str]] = {}
    for reader, row in zip(benchmark.readers, scores, strict=True):
        order = np.argsort(-row, kind="stable")
        if ranker == "blend":
            order = spread_out(order, row, new_vectors, places=_TOP)
        liked = set(reader.likes)
        found[reader.id] = [names[place] for place in order[: RANKED + len(liked)] if names[place] not in liked][
            :RANKED
        ]
    return found


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
