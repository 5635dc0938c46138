"""`make bench-ranking`: readers ranked a second, plain and learnt, profiles included, on one core and made-up papers.

Beside each: the same code given one reader after the other. Run it with one thread for numpy, as make does.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ranking.field import Field
from digest.ranking.liking import Ground, Liking
from digest.ranking.rank import rank_batch
from digest.ranking.shapes import Candidate, Taste
from digest.ranking.word_table import load_word_table
from digest.startup import ease_collection

_PAPERS_WORDS = 130
_FIELDS = 20
_RANGE = 1_000
_LIMIT = 10


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def make_texts(count: int, *, seed: int) -> tuple[list[tuple[str, str]], list[int]]:
    """Titles and abstracts in words of the vocabulary, each field with its own, as frequent as words are; fields."""
    rng = np.random.default_rng(seed)
    words = [word for word in load_word_table().vocabulary if word.isalpha() and len(word) > 3]
    fields = rng.integers(0, _FIELDS, count)
    texts = []
    for field in fields:
        ranks = np.minimum(rng.zipf(1.25, _PAPERS_WORDS), 4_000)
        own = rng.random(_PAPERS_WORDS) < 0.4
        places = np.where(own, int(field) * 900 + ranks, ranks * 3) % len(words)
        drawn = [words[place] for place in places.tolist()]
        texts.append((" ".join(drawn[:10]), " ".join(drawn[10:])))
    return texts, fields.tolist()


def make_candidates(texts: Sequence[tuple[str, str]], fields: Sequence[int]) -> list[Candidate]:
    """A week's papers."""
    rng = np.random.default_rng(3)
    votes = np.minimum(rng.zipf(1.5, len(texts)), 900)
    return [
        Candidate(
            *(n, title, abstract, (f"Author {n % 700}",), frozenset({fields[n]}), float(np.log2(1 + v)), int(v)),
            organisation=f"Lab {n % 90}",
        )
        for n, ((title, abstract), v) in enumerate(zip(texts, votes, strict=True))
    ]


def make_tastes(count: int, *, first: int, likes: int, past: Sequence[int], words: Sequence[str]) -> list[Taste]:
    """Readers with three topics, two keywords, an author, fifty papers seen, and so many likes among past papers."""
    rng = np.random.default_rng(first)
    tastes = []
    for number in range(count):
        kept: list[int] = rng.choice(len(past), size=likes, replace=False).tolist() if likes else []
        tastes.append(
            Taste(
                topics={int(topic): 1.0 for topic in rng.choice(_FIELDS, 3, replace=False)},
                keywords={words[int(rng.integers(400))]: 1.0, words[int(rng.integers(400))]: 1.0},
                authors={f"Author {int(rng.integers(700))}": 1.0},
                papers={past[place]: 1.0 for place in kept},
                seen=frozenset(rng.integers(0, 2_000, 50).tolist()),
                seed=first + number,
            )
        )
    return tastes


def make_libraries(papers: int) -> list[NDArray[np.int64]]:
    """What a thousand other readers keep together."""
    rng = np.random.default_rng(5)
    return [np.unique(rng.integers(0, papers, 15)) for _ in range(1_000)]


def clock(field: Field, tastes: Sequence[Taste], *, batch: int) -> float:
    """Readers ranked a second in batches of a size."""
    started = time.process_time()
    for first in range(0, len(tastes), batch):
        some = tastes[first : first + batch]
        rank_batch(field, some, limits=[_LIMIT] * len(some))
    return len(tastes) / (time.process_time() - started)


def main() -> None:
    """Print the readings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=1_000)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--past", type=int, default=5_000, help="papers that readers' likes are among")
    parser.add_argument("--likes", type=int, default=20)
    options = parser.parse_args()
    papers = options.papers
    texts, fields = make_texts(papers + options.past, seed=1)
    joined = [f"{title}. {abstract}" for title, abstract in texts]
    vectors = load_word_table().embed(joined)
    candidates = make_candidates(texts[:papers], fields)
    words = sorted({word for title, _ in texts[:200] for word in title.split()})
    say(f"{papers} candidates, {options.readers} readers, one core")
    # As a worker's process does before its first task.
    ease_collection()
    plain = Field(candidates, vectors=vectors[:papers])

    def readers(first: int, count: int) -> list[Taste]:
        return make_tastes(count, first=first, likes=0, past=[], words=words)

    report("plain", plain, readers, options.readers)
    behind = papers + 1_000
    libraries = make_libraries(behind)
    ground = timed(
        "ground of the window",
        lambda: Ground(joined[:behind], vectors[:behind], candidates=papers, libraries=libraries),
    )
    past = list(range(papers, len(texts)))
    liking = Liking(ground, {paper: joined[paper] for paper in past}, vectors[papers:])

    def learnt(first: int, count: int) -> list[Taste]:
        return make_tastes(count, first=first, likes=options.likes, past=past, words=words)

    report(f"learnt, {options.likes} likes", plain.with_liking(liking), learnt, options.readers)
    say(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def timed(name: str, make: Callable[[], Ground]) -> Ground:
    """Make something that is made once, and say how long it took."""
    started = time.process_time()
    made = make()
    say(f"{name}, once: {time.process_time() - started:.1f} s")
    return made


def report(name: str, field: Field, make: Callable[[int, int], list[Taste]], readers: int) -> None:
    """Both ways of one kind, some readers left out first: they fill what is kept per window."""
    clock(field, make(10**6, 1_000), batch=_RANGE)
    batched = clock(field, make(0, readers), batch=_RANGE)
    single = clock(field, make(0, max(readers // 50, 50)), batch=1)
    say(f"{name}: {batched:,.0f} readers/s, 100,000 in {1e5 / batched:.1f} s")
    say(f"    one after the other {single:,.0f}; ratio {batched / single:.0f}")


if __name__ == "__main__":
    main()
