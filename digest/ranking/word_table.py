"""The embedded word-piece table: reading and writing its file, and vectors of texts as sums of its rows. Pure.

Each row is what a sentence encoder makes of that piece alone, reduced and weighted by how rare the
piece is in English (the vocabulary is sorted by that), so vectors need no corpus and never go stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.wordpieces import WordPieces

TABLE = Path(__file__).parent / "data" / "minilm-words.npz"
DIMENSION = 256
# The first thousand numbers of the vocabulary are marks and single signs.
_MARKS = 998

Vectors = NDArray[np.float32]


class Stored(NamedTuple):
    """What the file holds."""

    vocabulary: list[str]
    rows: NDArray[np.int8]
    scales: Vectors


class WordTable:
    """Turns texts into vectors without a model: fast, the same everywhere, nothing to install.

    Its file is read when first needed: whoever works with stored vectors does without.
    """

    name = "static"
    dimension = DIMENSION
    is_quick = True
    trust = 1.0

    def __init__(self, path: Path = TABLE) -> None:
        self._path = path

    @cached_property
    def _stored(self) -> Stored:
        with np.load(self._path) as stored:
            vocabulary = bytes(stored["vocabulary"]).decode().split("\n")
            return Stored(vocabulary, stored["rows"], stored["scales"].astype(np.float32))

    @property
    def vocabulary(self) -> list[str]:
        """All pieces, in the order of the rows."""
        return self._stored.vocabulary

    @cached_property
    def pieces(self) -> WordPieces:
        """What splits texts."""
        return WordPieces(self.vocabulary)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length one, shape (texts, dimension); all zeros where a text says nothing."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        _, rows, scales = self._stored
        for place, text in enumerate(texts):
            numbers = self.pieces.split(text)
            vectors[place] = scales[numbers] @ rows[numbers].astype(np.float32)
        return unit(vectors)


@cache
def load_word_table() -> WordTable:
    """The table, read once."""
    return WordTable()


def unit(vectors: Vectors) -> Vectors:
    """The rows at length one; rows without a direction, or with anything but numbers in them, as zeros."""
    clean = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
    lengths = np.linalg.norm(clean, axis=1, keepdims=True)
    return np.where(lengths > 0, clean / np.maximum(lengths, 1e-12), 0).astype(np.float32)


def write_table(path: Path, *, vocabulary: Sequence[str], vectors: Vectors) -> None:
    """Reduce an encoder's vectors of all pieces, weigh and round them, and write the file."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    rarity = np.log1p(np.maximum(np.arange(len(vocabulary)) - _MARKS, 1))
    rows = centred @ axes[:, ::-1][:, :DIMENSION] * rarity[:, None]
    told = np.array([_is_told(piece) for piece in vocabulary])
    rows = np.where(told[:, None], rows, 0)
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    np.savez_compressed(
        path,
        rows=np.rint(rows / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        vocabulary=np.frombuffer("\n".join(vocabulary).encode(), dtype=np.uint8),
    )


def _is_told(piece: str) -> bool:
    """Marks of the model and single signs carry no meaning of their own."""
    return not piece.startswith("[") and any(sign.isalnum() for sign in piece)
