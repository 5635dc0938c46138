"""What the letters of a batch refer to, looked up once: papers, topics, editions and what curators said of picks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from digest.compiled import Row, compiled
from digest.composing.known_papers import KnownPapers
from digest.composing.models import Digest, Edition, Pick
from digest.composing.rows import DigestRow
from digest.composing.setwise import Among
from digest.papers.models import Paper, Topic

# The columns of an edition as the model takes them.
_OF_EDITIONS = [field.attname for field in Edition._meta.concrete_fields]  # noqa: SLF001  # Django documents _meta as public
_COMMUNITY = Pick.Section.COMMUNITY


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the letters of a batch refer to, looked up once."""

    papers: dict[int, Paper]
    topics: dict[int, str]
    editions: dict[int, Edition]
    # (edition id, paper id) to the curators' note.
    notes: dict[tuple[int, int], str]
    # (edition id, paper id) of the picks that readers brought up.
    community: frozenset[tuple[int, int]] = frozenset()
    # Papers that are gone altogether, or were set aside since they were looked up.
    gone: set[int] = field(default_factory=set)


def open_book(digests: Iterable[Digest | DigestRow], *, known: KnownPapers | None = None) -> Book:
    """Look up what these digests refer to, in a fixed number of queries; `known`: what was read before."""
    batch = list(digests)
    # Digests made in one go share their entries, and readers who are alike the whole list of them.
    lists = {id(digest.entries): digest.entries for digest in batch}.values()
    all_entries = list(chain.from_iterable(lists))
    entries = dict(zip(map(id, all_entries), all_entries, strict=True)).values()
    papers = {entry["paper"] for entry in entries}
    papers |= {item["paper"] for digest in batch for item in digest.news}
    papers |= {r.get("number", 0) for entry in entries for r in entry["reasons"] if r["kind"] == "paper"}
    editions = _read_editions({digest.edition_id for digest in batch if digest.edition_id})
    picks = _ask_picks(editions=editions) if editions else []
    found = (known or KnownPapers()).read(papers)
    return Book(
        papers=found,
        topics=dict(_ask_topics()),
        editions=editions,
        notes={(edition, paper): note for edition, paper, note, _ in picks},
        community=frozenset((edition, paper) for edition, paper, _, section in picks if section == _COMMUNITY),
        gone=papers - found.keys(),
    )


def _read_editions(numbers: Collection[int]) -> dict[int, Edition]:
    rows = _ask_editions(numbers=numbers) if numbers else []
    return {row[0]: Edition.from_db(DEFAULT_DB_ALIAS, _OF_EDITIONS, row) for row in rows}


@compiled
def _ask_editions(*, numbers: Collection[int]) -> QuerySet[Edition, Row]:
    return Edition.objects.filter(Among("id", numbers)).order_by("id").values_list(*_OF_EDITIONS)


@compiled
def _ask_picks(*, editions: Collection[int]) -> QuerySet[Pick, Row]:
    picks = Pick.objects.filter(Among("edition_id", editions)).order_by()
    return picks.values_list("edition_id", "paper_id", "note", "section")


@compiled
def _ask_topics() -> QuerySet[Topic, Row]:
    return Topic.objects.order_by().values_list("id", "name")
