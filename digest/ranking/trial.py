"""Runs the product's own ranking and search over a benchmark. Pure, but for the file it is told to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.ranking.bags import fold_text
from digest.ranking.blend import Blend, Profile, Scores
from digest.ranking.corpus import Corpus
from digest.ranking.diversity import LOOKED_AT, SAME, likeness_of, spread_out
from digest.ranking.embed import Embedder
from digest.ranking.evaluate import RANKED, Asker, Benchmark
from digest.ranking.facts import Leaf
from digest.ranking.search import SearchIndex, count_query, make_archive
from digest.ranking.word_table import Vectors

TOP = 10
# As alike as this, two papers are nearly the same to a reader.
_NEAR = 0.7 * SAME


@dataclass(frozen=True, slots=True)
class Task:
    """What a ranker is given: texts and their vectors, the new ones' places, readers' libraries and profiles."""

    texts: Sequence[str]
    vectors: Vectors
    new: NDArray[np.int64]
    libraries: Sequence[Sequence[int]]
    profiles: Sequence[Profile]
    trust: float


@dataclass(frozen=True, slots=True)
class Rankings:
    """For each reader the best hundred of the new papers, by id; and the first of them before they were spread out.

    `near`: how many pairs of nearly the same papers the first ten hold, before and after.
    """

    ranked: dict[str, list[str]]
    unspread: dict[str, list[str]]
    near: tuple[int, int]


# Scores, shape (readers, new).
Ranker = Callable[[Task], Scores]


def _blend(task: Task) -> Scores:
    corpus = Corpus([fold_text(text) for text in task.texts], task.vectors)
    kept = [np.unique(np.array(library, dtype=np.int64)) for library in task.libraries]
    return Blend(corpus, corpus.papers.take(task.new), kept, trust=task.trust).score(corpus.papers, task.profiles)


def _words(task: Task) -> Scores:
    """The plain measure to beat: cosine of word rows with the profile's sum."""
    corpus = Corpus([fold_text(text, pairs=False) for text in task.texts], task.vectors)
    turned = corpus.papers.words.take(task.new).turn()
    rows = [profile.weights[None] @ corpus.papers.words.take(profile.places).meet(turned) for profile in task.profiles]
    return np.concatenate(rows).astype(np.float64)


RANKERS: dict[str, Ranker] = {"blend": _blend, "words": _words}


def rank_readers(benchmark: Benchmark, vectors: Vectors, *, embedder: Embedder, ranker: str = "blend") -> Rankings:
    """Rank all new papers for each reader, liked ones left out. What was held out is never read."""
    places = {paper.id: place for place, paper in enumerate(benchmark.papers)}
    # A topic typed by a reader is a one-line paper.
    topics = sorted({topic for reader in benchmark.readers for topic in reader.topics})
    topic_places = {topic: len(benchmark.papers) + number for number, topic in enumerate(topics)}
    new = np.array([place for place, paper in enumerate(benchmark.papers) if paper.is_new], dtype=np.int64)
    likes = [_places_of(reader, places) for reader in benchmark.readers]
    profiles = [
        Profile.of(known + [topic_places[topic] for topic in reader.topics])
        for known, reader in zip(likes, benchmark.readers, strict=True)
    ]
    vectors = np.concatenate([vectors, embedder.embed(topics)]) if topics else vectors
    texts = [paper.text for paper in benchmark.papers] + topics
    scores = RANKERS[ranker](Task(texts, vectors, new, likes, profiles, embedder.trust))
    for row, known in enumerate(likes):
        scores[row, np.isin(new, known)] = -np.inf
    ids = [benchmark.papers[place].id for place in new.tolist()]
    names = [reader.id for reader in benchmark.readers]
    alike = likeness_of(vectors[new])
    orders = [_order(row) for row in scores]
    spread = _spread(orders, scores, alike) if ranker == "blend" else orders
    ranked, unspread = (
        {name: [ids[place] for place in order.tolist()] for name, order in zip(names, some, strict=True)}
        for some in (spread, orders)
    )
    near = _count_near(orders, alike), _count_near(spread, alike)
    return Rankings(ranked, {name: order[:TOP] for name, order in unspread.items()}, near)


def _count_near(orders: Sequence[NDArray[np.intp]], alike: NDArray[np.int8]) -> int:
    heads = [order[:TOP] for order in orders]
    # Each pair is met twice, and each paper once with itself.
    return sum(int((alike[np.ix_(head, head)] >= _NEAR).sum() - len(head)) // 2 for head in heads)


def _order(row: NDArray[np.float64]) -> NDArray[np.intp]:
    """One reader's best hundred places."""
    order = np.argsort(-row, kind="stable")[:RANKED]
    return order[np.isfinite(row[order])]


def _spread(orders: Sequence[NDArray[np.intp]], scores: Scores, alike: NDArray[np.int8]) -> list[NDArray[np.intp]]:
    """The same with the first ten spread out, as digests do."""
    spread = []
    for order, row in zip(orders, scores, strict=True):
        if len(order):
            head = order[None, :LOOKED_AT]
            first = spread_out(head, row[head], places=np.array([TOP]), alike=alike)[0]
            first = first[first >= 0]
            order = np.concatenate([first, order[~np.isin(order, first)]])  # noqa: PLW2901 - the same, put in order
        spread.append(order)
    return spread


def _places_of(reader: Asker, places: Mapping[str, int]) -> list[int]:
    """Where the liked papers stand; each once, unknown ones left out."""
    return [places[name] for name in dict.fromkeys(reader.likes) if name in places]


def rank_queries(benchmark: Benchmark, *, embedder: Embedder) -> dict[str, list[str]]:
    """For each query the best hundred of all papers."""
    vectors = embedder.embed([paper.text for paper in benchmark.papers])
    leaves = [Leaf(place, paper.title, paper.abstract, 0) for place, paper in enumerate(benchmark.papers)]
    index = SearchIndex([make_archive(leaves, vectors)], trust=embedder.trust)
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
