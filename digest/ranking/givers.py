"""What liked papers give to each new paper by their words: one row a liked paper, whoever liked it. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digest.ranking.corpus import Corpus, Papers
from digest.ranking.rows import stack_rows
from digest.ranking.word_table import Vectors

# Words in more new papers than this are multiplied as dense columns, so many at most.
_COMMON = 24
_MOST_COMMON = 2_000
# Rows are multiplied in blocks of one height: products of matrices of the same shape are the same to the
# last bit, whoever else is in the block.
_BLOCK = 64


class Givers:
    """New papers, ready to be given to."""

    def __init__(self, corpus: Corpus, new: Papers) -> None:
        self._corpus = corpus
        self._new = len(new)
        _, self._taken_off = corpus.lay_on_axes(new)
        both = stack_rows(corpus.weigh_bm25(new), new.words)
        spread = np.bincount(new.words.columns, minlength=both.width)
        common = np.argsort(-spread, kind="stable")[:_MOST_COMMON]
        common = common[spread[common] > _COMMON]
        self._common = np.full(both.width, -1, dtype=np.int64)
        self._common[common] = np.arange(len(common))
        self._rare = np.where(self._common < 0, np.arange(both.width), -1)
        self._common_columns = both.renumber(self._common, len(common)).spread().T
        self._rare_columns = both.renumber(self._rare, both.width).turn()

    def weigh(self, papers: Papers) -> Vectors:
        """By the words as they are, then by least squares, each around its mean; shape (papers, 2 x new).

        Least squares holds back what many papers of the corpus share, along its strongest axes.
        """
        common = papers.words.renumber(self._common, self._common_columns.shape[0]).spread()
        given = times(common, self._common_columns)
        given += papers.words.renumber(self._rare, papers.words.width).meet(self._rare_columns)
        lying, _ = self._corpus.lay_on_axes(papers)
        plain, cosine = np.split(given, 2, axis=1)
        return np.concatenate([centre(plain), centre(cosine - times(lying, self._taken_off.T))], axis=1)


def centre(rows: NDArray[np.floating]) -> Vectors:
    """Each row around its mean."""
    middle = rows.mean(axis=1, keepdims=True) if rows.shape[1] else 0.0
    return np.asarray(rows - middle, dtype=np.float32)


def times(rows: Vectors, columns: Vectors) -> Vectors:
    """The product, each row the same whatever rows stand beside it."""
    filled = np.zeros((-(-len(rows) // _BLOCK) * _BLOCK, rows.shape[1]), dtype=np.float32)
    filled[: len(rows)] = rows
    product = np.empty((len(filled), columns.shape[1]), dtype=np.float32)
    for first in range(0, len(filled), _BLOCK):
        np.matmul(filled[first : first + _BLOCK], columns, out=product[first : first + _BLOCK])
    return product[: len(rows)]
