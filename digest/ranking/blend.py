"""Scores new papers for many readers at once by what each of them liked: words and meaning, blended. Pure.

Everything is linear in the liked papers, so a profile is a sum, a like is one addition, and dislikes
subtract. The method and its weights serve any field; nothing here is trained on a data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ranking.corpus import Corpus, Papers
from digest.ranking.givers import Givers, centre, times
from digest.ranking.libraries import map_libraries
from digest.ranking.rows import Rows, spell_out
from digest.ranking.search import standardise
from digest.ranking.word_table import Vectors

Scores = NDArray[np.float64]
Places = NDArray[np.int64]

_MEANING_RIDGE = 10.0
# Profiles with few words, and few likes, trust these parts less.
_WORDS_FADE = 150.0
_WORDS_WORTH = 1.3
_LIKES_FADE = 10.0
_RIDGED_WORTH = 2.0
# Other readers' libraries count by how many there are.
_LIBRARIES_WORTH = 1.3
_LIBRARIES_FADE = 1_000.0
_FIRST_LIKES_WORTH = 4.0
_FIRST_LIKES = 2.0
_SILENT = 1e-6
# So many likes, and readers, are worked on at a time.
_LIKES_AT_ONCE = 4_000
_READERS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Profile:
    """Papers a reader liked (weights above 0) or disliked (below), as places among the known papers."""

    places: Places
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, places: Sequence[int], weights: Sequence[float] | None = None) -> Profile:
        """A profile from plain lists; without weights all count as one like. The order given does not matter."""
        given = [1.0] * len(places) if weights is None else weights
        order = np.argsort(np.array(places, dtype=np.int64), kind="stable")
        return cls(np.array(places, dtype=np.int64)[order], np.array(given, dtype=np.float32)[order])


@dataclass(frozen=True, slots=True)
class Known:
    """The papers that profiles may hold, with what each gives to each new paper by its words."""

    lengths: Vectors
    words: Rows
    meaning: Vectors
    # Shape (papers, 2 x new), around each paper's mean: by the words as they are, then by least squares.
    given: Vectors


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of new papers, shape (profiles, new), and what a unit of each own part is worth, (profiles, parts)."""

    scores: Scores
    worth: Scores


class Blend:
    """New papers, ready to be scored; `libraries` are other readers' papers as places in the corpus."""

    def __init__(self, corpus: Corpus, new: Papers, libraries: Sequence[Places] = ()) -> None:
        self.corpus = corpus
        self.new = new
        self._libraries = [library for library in libraries if len(library) > 1]
        self._given = Givers(corpus, new)
        # What all new papers share moves none before another; without it, shares of likes add up to the score.
        self._near = centre(new.meaning.T)
        self._ridged = centre(_whiten(corpus.papers.meaning, new.meaning, _MEANING_RIDGE))

    def learn(self, papers: Papers) -> Known:
        """Ready liked papers for scoring."""
        return Known(papers.lengths, papers.words, papers.meaning, self._given.weigh(papers))

    def score(self, papers: Papers, profiles: Sequence[Profile]) -> Scores:
        """How well each new paper suits each reader, shape (profiles, new); one's do not depend on the others'."""
        total = np.zeros((len(profiles), len(self.new)))
        if len(self.new):
            for run in cut_runs([len(profile.places) for profile in profiles]):
                used = np.unique(np.concatenate([profile.places for profile in profiles[run]]))
                some = [Profile(np.searchsorted(used, p.places), p.weights) for p in profiles[run]]
                total[run] = self.score_known(self.learn(papers.take(used)), some).scores
        return total

    def score_known(self, known: Known, profiles: Sequence[Profile]) -> Scored:
        """The same for a run of profiles over papers that were learnt together."""
        weights = _weigh(profiles, len(known.lengths))
        likes = np.array([[float(np.maximum(p.weights, 0).sum())] for p in profiles])
        words = np.array([[float(known.lengths[p.places] @ np.abs(p.weights))] for p in profiles])
        meaning = weights.times(known.meaning)
        lexical = _WORDS_WORTH * words / (words + _WORDS_FADE)
        ridged = _RIDGED_WORTH * likes / (likes + _LIKES_FADE)
        plain, by_least_squares = np.split(weights.times(known.given).astype(np.float64), 2, axis=1)
        parts = [
            (lexical, plain),
            (lexical, by_least_squares),
            (np.ones_like(likes), times(meaning, self._near)),
            (ridged, times(meaning, self._ridged)),
        ]
        worth = np.concatenate([share * _by_spread(part) for share, part in parts], axis=1)
        total = sum((worth[:, [place]] * part for place, (_, part) in enumerate(parts)), np.zeros_like(parts[0][1]))
        if self._libraries:
            joint = self.corpus.join(_sum_words(known.words, weights), meaning)
            total += self._weigh_libraries(likes) * standardise(times(joint, self._shared_map))
        return Scored(total, worth)

    def explain(self, known: Known, profile: Profile, worth: Scores, places: NDArray[np.intp]) -> Scores:
        """The share of each liked paper in the scores of new papers, shape (likes, places); `worth`: the profile's.

        They add up to the score, but for what other readers keep together, which says nothing about one like.
        """
        likes = profile.places[:, None]
        shares = worth[0] * known.given[likes, places] + worth[1] * known.given[likes, places + len(self.new)]
        near, ridged = self._by_paper
        shares += known.meaning[profile.places] @ (worth[2] * near[places] + worth[3] * ridged[places]).T
        return np.asarray(profile.weights[:, None] * shares, dtype=np.float64)

    def compare(self, known: Known, profile: Profile, places: NDArray[np.intp]) -> Vectors:
        """Cosines of the liked papers with new papers, shape (likes, places)."""
        return np.asarray(known.meaning[profile.places] @ self.new.meaning[places].T, dtype=np.float32)

    def _weigh_libraries(self, likes: Scores) -> Scores:
        """More, the more libraries there are and the less a reader has said."""
        share = _LIBRARIES_WORTH * len(self._libraries) / (len(self._libraries) + _LIBRARIES_FADE)
        return share * (1 + _FIRST_LIKES_WORTH / (likes + _FIRST_LIKES))

    @cached_property
    def _by_paper(self) -> tuple[Vectors, Vectors]:
        """Both maps of meaning with a row for each new paper, of which few are looked at."""
        return np.ascontiguousarray(self._near.T), np.ascontiguousarray(self._ridged.T)

    @cached_property
    def _shared_map(self) -> Vectors:
        corpus, new = self.corpus.papers, self.new
        join = self.corpus.join
        return map_libraries(join(corpus.words, corpus.meaning), join(new.words, new.meaning), self._libraries)


def cut_runs(likes: Sequence[int]) -> Iterator[slice]:
    """Runs of readers, by how many likes each has, that fit into memory together."""
    start = held = 0
    for place, count in enumerate(likes):
        if place > start and (held + count > _LIKES_AT_ONCE or place - start >= _READERS_AT_ONCE):
            yield slice(start, place)
            start, held = place, 0
        held += count
    if start < len(likes):
        yield slice(start, len(likes))


def _by_spread(scores: Scores) -> Scores:
    """One over each row's spread; nought where all are equal, so that a silent part says nothing."""
    spread = scores.std(axis=1, keepdims=True)
    return np.where(spread > _SILENT, 1 / np.maximum(spread, _SILENT), 0.0)


def _weigh(profiles: Sequence[Profile], known: int) -> Rows:
    """Profiles as sparse rows over the known papers."""
    sizes = [len(profile.places) for profile in profiles]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.concatenate([profile.places for profile in profiles])
    return Rows(starts, places, np.concatenate([profile.weights for profile in profiles]), known)


def _sum_words(words: Rows, weights: Rows) -> Rows:
    """The words of each profile's papers, times their weights; a word may stand in a row more than once."""
    runs = words.sizes[weights.columns]
    slots = spell_out(words.starts[weights.columns], runs)
    sizes = np.bincount(weights.owners, weights=runs, minlength=len(weights)).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Rows(starts, words.columns[slots], words.values[slots] * np.repeat(weights.values, runs), words.width)


def _whiten(corpus: Vectors, new: Vectors, ridge: float) -> Vectors:
    """Maps a profile to the least-squares answer to "liked, against everything else", shape (dimensions, new)."""
    gram = corpus.T @ corpus + ridge * np.eye(corpus.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, new.T), dtype=np.float32)
