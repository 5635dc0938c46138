"""The front door for papers' vectors: the stored ones, and those of texts that nobody embedded yet."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from itertools import islice
from time import monotonic

import numpy as np
from django.conf import settings
from django.db.models import F, Q

from digest.papers.models import Paper, PaperQuerySet, PaperVector
from digest.ranking.embed import Embedder, MissingEmbedderError, load_embedder
from digest.ranking.word_table import Vectors

logger = logging.getLogger(__name__)

# SQLite takes so many parameters in one statement, with room to spare.
_BATCH = 500
_STORED = np.dtype("<f2")


def text_of(title: str, abstract: str) -> str:
    """What of a paper is embedded."""
    return f"{title}. {abstract}"


@cache
def current_embedder() -> Embedder:
    """The embedder of the settings; the embedded one, with an error in the log, where that cannot be loaded."""
    try:
        return load_embedder(settings.EMBEDDER)
    except MissingEmbedderError as error:
        logger.error("%s Until then the embedded one is used.", error)  # noqa: TRY400 - the message is for an operator
        return load_embedder("static")


def load_vectors(texts: Mapping[int, str], *, stored_only: bool = False) -> Vectors:
    """Vectors of papers by id and text, of length one, in the mapping's order, shape (papers, dimension).

    What is not stored, or stored for another text, is embedded now; with `stored_only` it stays
    all zeros. Writes nothing.
    """
    embedder = current_embedder()
    places = {paper: place for place, paper in enumerate(texts)}
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    missing = set(texts)
    for paper, text_hash, stored in _read(texts, embedder):
        if text_hash == _hash(texts[paper]):
            vectors[places[paper]] = np.frombuffer(stored, dtype=_STORED)
            missing.discard(paper)
    lacking = sorted(missing, key=places.__getitem__)
    if lacking and not stored_only:
        vectors[[places[paper] for paper in lacking]] = embedder.embed([texts[paper] for paper in lacking])
    return vectors


def find_unembedded(embedder: Embedder, *, before: datetime | None = None) -> PaperQuerySet:
    """Papers without a vector by an embedder, or changed since; with `before`, also all that were made before it."""
    made = PaperVector.objects.filter(model=embedder.name, dimension=embedder.dimension)
    current = Q(embedded_at__gte=F("paper__updated_at"))
    if before is not None:
        current &= Q(embedded_at__gte=before)
    return Paper.objects.exclude(pk__in=made.filter(current).values("paper_id"))


def embed_waiting(
    *, embedder: Embedder, now: datetime, seconds: float | None = None, again: bool = False
) -> Iterator[int]:
    """Embed what waits, newest papers first, and store it; give the number done after each batch.

    Every batch is kept, so that a broken run goes on where it ended. Texts whose vector is there
    already are not embedded again, unless `again`. Ends after about so many seconds.
    """
    started = monotonic()
    waiting = find_unembedded(embedder, before=now if again else None)
    numbers = iter(list(waiting.order_by("-listed_on", "-id").values_list("pk", flat=True)))
    while batch := list(islice(numbers, _BATCH)):
        rows = Paper.objects.filter(pk__in=batch).values_list("pk", "title", "abstract", "updated_at")
        _store({pk: (text_of(title, abstract), at) for pk, title, abstract, at in rows}, embedder, now, again=again)
        yield len(batch)
        if seconds is not None and monotonic() - started > seconds:
            return


def _store(texts: Mapping[int, tuple[str, datetime]], embedder: Embedder, now: datetime, *, again: bool) -> None:
    hashes = {paper: _hash(text) for paper, (text, _) in texts.items()}
    kept = {} if again else {paper: vector for paper, made, vector in _read(texts, embedder) if made == hashes[paper]}
    fresh = [paper for paper in texts if paper not in kept]
    vectors = embedder.embed([texts[paper][0] for paper in fresh]).astype(_STORED)
    found = kept | {paper: vector.tobytes() for paper, vector in zip(fresh, vectors, strict=True)}
    PaperVector.objects.bulk_create(
        (
            PaperVector(
                paper_id=paper,
                model=embedder.name,
                dimension=embedder.dimension,
                vector=vector,
                text_hash=hashes[paper],
                embedded_at=max(now, texts[paper][1]),
            )
            for paper, vector in found.items()
        ),
        update_conflicts=True,
        unique_fields=["paper", "model"],
        update_fields=["dimension", "vector", "text_hash", "embedded_at"],
    )


def _read(papers: Iterable[int], embedder: Embedder) -> Iterator[tuple[int, str, bytes]]:
    """Stored vectors: paper, hash of its text, bytes."""
    made = PaperVector.objects.filter(model=embedder.name, dimension=embedder.dimension)
    numbers = iter(papers)
    while batch := list(islice(numbers, _BATCH)):
        rows = made.filter(paper__in=batch).values_list("paper_id", "text_hash", "vector")
        yield from ((paper, text_hash, bytes(vector)) for paper, text_hash, vector in rows)


def _hash(text: str) -> str:
    # What no UTF-8 can hold is in no database either; it must not stop a digest all the same.
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
