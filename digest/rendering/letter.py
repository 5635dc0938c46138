"""All that an email template may see. Plain values: whoever calls has done the looking up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the same on every mail of the site."""

    site_name: str
    site_url: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A short reason beside a paper. `kind` picks its colour: pick, topic, keyword, author, paper, trending.

    `place` is its place among the paper's reasons, from 0, as the links of a digest name it.
    """

    kind: str
    label: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """One paper as a digest shows it. Texts are plain and may hold LaTeX; links are absolute https or empty."""

    title: str
    url: str
    authors: tuple[str, ...]
    abstract: str
    note: str
    chips: tuple[Chip, ...]
    votes: int
    paper_url: str
    code_url: str
    project_url: str
    # The paper's number in addresses below the letter's `digest_url`; 0: readers cannot speak about it here.
    paper_id: int = 0
    # What is new about a paper sent earlier, as a sentence; empty for a paper that is itself new.
    news: str = ""
    # The reader lets us count what they open: the title leads to the paper below their own digest.
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A headed run of cards."""

    heading: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class DigestLetter:
    """One reader's digest for one period."""

    sender: Sender
    # "Week 32 · 27 July to 3 August 2026"
    title: str
    date_line: str
    byline: str
    # The curators' words in Markdown; empty where they wrote none.
    intro: str
    # A subject chosen by the curators; empty: made from the first paper.
    subject: str
    sections: tuple[Section, ...]
    # How many more papers of the period the page at `more_url` lists.
    more_count: int
    more_url: str
    # "You get this because you subscribed on 1 July 2026 ..." and "every Monday at 08:00, Europe/Berlin".
    why: str
    rhythm: str
    manage_url: str
    leave_url: str
    # This digest on the site, without a slash at the end: the copy in the browser and, below it, what
    # the reader says about papers (`/12/more/`) and reasons (`/12/reason/0/`). Empty: there is none.
    digest_url: str = ""
    # "compact": titles and counts only.
    layout: Literal["full", "compact"] = "full"
    # Which folder of templates: an ordinary digest, one after a pause, or a test.
    kind: Literal["digest", "rollup", "test"] = "digest"
    # A sentence above the curators' words that says what is unusual about this letter.
    lead: str = ""
    # The curators' line for inboxes to show beside the subject; empty: made from the first titles.
    preheader: str = ""


@dataclass(frozen=True, slots=True)
class NoticeLetter:
    """A single mail about the subscription itself. `action_url` is where its one button leads."""

    sender: Sender
    action_url: str
    # Facts for the text, by name; values of our own making, never words typed by a visitor.
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """What a mail says: one line, a text part and an HTML part."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class QuotedMail:
    """The same with both parts as quoted-printable bytes, ready for the wire."""

    subject: str
    text: bytes
    html: bytes


class QuotedParts(NamedTuple):
    """The same in pieces that are still to be joined. They have `OWN_PLACE` wherever `own` goes, if anything."""

    subject: str
    text: list[bytes]
    html: list[bytes]
    own: bytes = b""
