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
from digest.ranking.rows import Rows
from digest.ranking.word_table import Vectors

Scores = NDArray[np.float64]
Places = NDArray[np.int64]

_MEANING_RIDGE = 10.0
# Profiles with few words, and few likes, trust these parts less.
_WORDS_FADE = 150.0
_PLAIN_WORTH = 0.65
_SQUARES_WORTH = 1.6
_LIKES_FADE = 10.0
_RIDGED_WORTH = 2.0
# Other readers' libraries count by how many there are.
_LIBRARIES_WORTH = 1.3
_LIBRARIES_FADE = 1_000.0
_FIRST_LIKES_WORTH = 4.0
_FIRST_LIKES = 2.0
_SILENT = 1e-6
_WORDS_ALIKE = 1 / 3
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
    """The papers that profiles may hold, with what each gives to each new paper."""

    lengths: Vectors
    meaning: Vectors
    # Shape (papers, parts x new), around each paper's mean: by the words as they are, by least squares, and by
    # what other readers keep together, where that is known.
    given: Vectors
    # How far the first of these parts spreads, shape (papers,).
    spreads: Vectors


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of new papers, shape (profiles, new), and what a unit of each part is worth, (profiles, parts)."""

    scores: Vectors
    worth: Vectors


class Blend:
    """New papers, ready to be scored; `libraries` are other readers' papers as places in the corpus.

    `trust` is the embedder's: how much of a say meaning has beside words.
    """

    def __init__(self, corpus: Corpus, new: Papers, libraries: Sequence[Places] = (), *, trust: float = 1.0) -> None:
        self.corpus = corpus
        self.new = new
        self._trust = trust
        self._libraries = [library for library in libraries if len(library) > 1]
        self._given = Givers(corpus, new)
        # What all new papers share moves none before another; without it, shares of likes add up to the score.
        self._near = centre(new.meaning.T)
        self._ridged = centre(_whiten(corpus.papers.meaning, new.meaning, _MEANING_RIDGE))

    def learn(self, papers: Papers) -> Known:
        """Ready liked papers for scoring."""
        given = [self._given.weigh(papers)]
        if self._libraries:
            joint = self.corpus.join(papers.words, papers.meaning)
            given.append(centre(times(joint, self._shared_map)))
        spreads = given[0][:, : len(self.new)].std(axis=1)
        return Known(papers.lengths, papers.meaning, np.concatenate(given, axis=1), spreads)

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
        likes = weights.with_values(np.maximum(weights.values, 0)).sum()[:, None]
        words = weights.with_values(np.abs(weights.values) * known.lengths[weights.columns]).sum()[:, None]
        meaning = weights.times(known.meaning)
        given = weights.times(known.given)
        told = words / (words + _WORDS_FADE)
        shares = [
            self._trust * np.ones_like(likes),
            self._trust * _RIDGED_WORTH * likes / (likes + _LIKES_FADE),
            *(_PLAIN_WORTH * told, _SQUARES_WORTH * told),
            self._weigh_libraries(likes),
        ]
        # Each part is around its mean already.
        parts = [times(meaning, self._near), times(meaning, self._ridged)]
        parts += np.split(given, known.given.shape[1] // max(len(self.new), 1), axis=1)
        by_part = zip(shares, parts, strict=False)
        worth = np.concatenate([share * _by_spread(part) for share, part in by_part], axis=1, dtype=np.float32)
        total = np.zeros_like(parts[0])
        for unit, part in zip(worth.T, parts, strict=True):
            total += unit[:, None] * part
        return Scored(total, worth)

    def explain(
        self, known: Known, profile: Profile, worth: Vectors, places: NDArray[np.intp]
    ) -> tuple[Vectors, Vectors]:
        """The share of each liked paper in the scores of new papers, which they add up to, and how alike the two are.

        Both of shape (likes, places); `worth`: the profile's. Alike is by meaning, up to 1, and by words: a third where
        the new paper's lie as far above what is usual for the liked one as the best of so many would by chance.
        """
        near, ridged = self._by_paper
        drawn = worth[0] * near[places] + worth[1] * ridged[places]
        # One product for both: many small ones take most of their time in being called.
        met = known.meaning[profile.places] @ np.concatenate([drawn, self.new.meaning[places]]).T
        shares, likeness = met[:, : len(places)], met[:, len(places) :]
        by_words = known.given[profile.places[:, None], places]
        by_chance = np.sqrt(2 * np.log(max(len(self.new), 2)))
        likeness += _WORDS_ALIKE / by_chance * by_words / np.maximum(known.spreads[profile.places, None], _SILENT)
        for number, unit in enumerate(worth[2:].tolist()):
            shares += unit * known.given[profile.places[:, None], places + number * len(self.new)]
        shares *= profile.weights[:, None]
        return shares, likeness

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


def _by_spread(part: Vectors) -> Vectors:
    """One over the spread of each row around nought; nought where there is none, so that a silent part says nothing."""
    spread = np.sqrt(np.einsum("ij,ij->i", part, part) / max(part.shape[1], 1))[:, None]
    return np.where(spread > _SILENT, 1 / np.maximum(spread, _SILENT), 0)


def _weigh(profiles: Sequence[Profile], known: int) -> Rows:
    """Profiles as sparse rows over the known papers."""
    sizes = [len(profile.places) for profile in profiles]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.concatenate([profile.places for profile in profiles])
    return Rows(starts, places, np.concatenate([profile.weights for profile in profiles]), known)


def _whiten(corpus: Vectors, new: Vectors, ridge: float) -> Vectors:
    """Maps a profile to the least-squares answer to "liked, against everything else", shape (dimensions, new)."""
    gram = corpus.T @ corpus + ridge * np.eye(corpus.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, new.T), dtype=np.float32)
