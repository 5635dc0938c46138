"""The plain values ranking works on. No database rows: whoever calls fills these in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

ReasonKind = Literal["pick", "topic", "keyword", "author", "organisation", "paper", "trending", "explore"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that a digest of this window may carry."""

    id: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    topics: frozenset[int]
    trend: float
    votes: int
    # Place in the curators' edition, from 0; None where they did not choose it.
    pick: int | None = None
    organisation: str = ""


@dataclass(slots=True)
class Taste:
    """What one reader follows (weights above 0) and mutes (below 0), and has been sent already. Not to be changed.

    Every reader has one, and a frozen one takes three times as long to make.
    """

    topics: dict[int, float] = field(default_factory=dict)
    keywords: dict[str, float] = field(default_factory=dict)
    authors: dict[str, float] = field(default_factory=dict)
    organisations: dict[str, float] = field(default_factory=dict)
    papers: dict[int, float] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    # Chooses what is shown from outside the profile: any number, another one each period.
    seed: int = 0


class Reason(NamedTuple):
    """Why a paper is in a digest: a part of its score, in the reader's own terms."""

    kind: ReasonKind
    # The keyword, author or organisation as the reader wrote it; empty for the others.
    text: str = ""
    # The topic's id, the liked paper's id, or the number of votes, by kind.
    number: int = 0


class Ranked(NamedTuple):
    """A chosen paper and up to three reasons: one object for all readers who are told the same."""

    paper: int
    reasons: tuple[Reason, ...]


class Ranking(NamedTuple):
    """What one reader gets, best first, and how many papers of the field were open to them."""

    chosen: list[Ranked]
    open_to: int
    # Whether it is one object for all readers who are alike.
    is_shared: bool = False
