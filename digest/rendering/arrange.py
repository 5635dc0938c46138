"""Decides how much of each paper a letter shows, so that the mail keeps its byte budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from itertools import islice

from digest.rendering.budget import LIMIT, encoded_size, fit_cards
from digest.rendering.cleaning import clean_line
from digest.rendering.compile import compile_card, compile_chips, compile_frame, compile_heading, compile_subject
from digest.rendering.content import (
    Detail,
    PersonalContent,
    SharedContent,
    show_chips,
    show_heading,
    show_more,
    show_personal,
    show_shared,
    without_chips,
)
from digest.rendering.letter import Card, Chip, DigestLetter


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A paper at its level of detail. Its chips, which differ from reader to reader, stand apart."""

    card: Card
    chips: tuple[Chip, ...]
    detail: Detail

    @property
    def shown_chips(self) -> tuple[Chip, ...]:
        """Return the chips that this level of detail has room for."""
        return self.chips if self.detail > Detail.TITLE else ()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A letter ready to be set: what is shared, what is the reader's own, and the papers under their headings."""

    site_url: str
    shared: SharedContent
    personal: PersonalContent
    sections: tuple[tuple[str, tuple[PlacedCard, ...]], ...]


def arrange(letter: DigestLetter) -> Arrangement:
    """Return the letter with as much of every paper as the budget allows; sections left empty are gone."""
    site_url = letter.sender.site_url
    shared = share(letter)
    personal = show_personal(letter)
    personal = replace(personal, subject=set_subject(personal.subject, letter.kind))
    headings = [show_heading(section.heading) for section in letter.sections]
    cards = [without_chips(card) for section in letter.sections for card in section.cards]
    chips = [show_chips(card.chips) for section in letter.sections for card in section.cards]

    link_size = encoded_size(escape(personal.digest_url))

    def size(index: int, detail: Detail) -> int:
        if detail is Detail.OMITTED:
            return 0
        own = speaks(cards[index], personal)
        total, own_links = size_card(cards[index], chips[index], detail, site_url, is_own=own)
        return total + own_links * link_size

    room = LIMIT - _size_frame(shared, personal) - sum(compile_heading(heading).size for heading in headings)
    most = Detail.TITLE if letter.layout == "compact" else Detail.FULL
    details = fit_cards(len(cards), room=room, size=size, most=most)
    if omitted := details.count(Detail.OMITTED):
        personal = replace(personal, more=show_more(max(letter.more_count, 0) + omitted))
    placed = map(PlacedCard, cards, chips, details)
    sections = []
    for heading, section in zip(headings, letter.sections, strict=True):
        kept = tuple(card for card in islice(placed, len(section.cards)) if card.detail)
        if kept:
            sections.append((heading, kept))
    return Arrangement(site_url, shared, personal, tuple(sections))


def speaks(card: Card, personal: PersonalContent) -> bool:
    """Whether the reader can say something about the paper by a link."""
    return bool(card.paper_id and personal.digest_url)


def share(letter: DigestLetter) -> SharedContent:
    """Return what the letter's frame shares with others."""
    return show_shared(
        letter.kind,
        letter.sender,
        title=letter.title,
        date_line=letter.date_line,
        byline=letter.byline,
        intro=letter.intro,
    )


@lru_cache(maxsize=4096)
def set_subject(subject: str, kind: str) -> str:
    """Return the subject line of this kind of digest."""
    return clean_line(compile_subject(kind).fill({"subject": subject}), limit=150)


def size_card(card: Card, chips: tuple[Chip, ...], detail: Detail, site_url: str, *, is_own: bool) -> tuple[int, int]:
    """Return the bytes of a paper's HTML without its links to the reader's own digest, and how many these are."""
    block = compile_card(card, detail, site_url, is_own=is_own)
    if detail <= Detail.TITLE:
        return block.size, block.own_links
    row_size, row_links = size_chips(chips, card.paper_id if is_own else 0)
    return block.size + row_size, block.own_links + row_links


def name_shown(personal: PersonalContent) -> frozenset[str]:
    """Return the names of the personal values that are there."""
    return frozenset([name for name in PersonalContent.__slots__ if getattr(personal, name)])


def _size_frame(shared: SharedContent, personal: PersonalContent) -> int:
    """Bytes of all but the papers and headings, with the line about papers left out at its longest."""
    frame = compile_frame(shared, name_shown(personal) | {"more"})
    longest = replace(personal, more=show_more(1_000_000_000))
    # Links stand more than once, above the papers and below.
    return frame.size + _size_values([getattr(longest, slot) for slot in frame.html.slots if slot != "papers"])


@lru_cache(maxsize=8192)
def size_chips(chips: tuple[Chip, ...], paper_id: int) -> tuple[int, int]:
    """Return the same of a row of chips, below the address of a paper that readers can speak about."""
    row = compile_chips(tuple((chip.kind, chip.place) for chip in chips), is_own=bool(paper_id))
    numbers = row.own_links * encoded_size(str(paper_id))
    return row.size + numbers + _size_values([chip.label for chip in chips]), row.own_links


def _size_values(values: list[str]) -> int:
    """Bytes of values that are encoded one by one."""
    return sum(encoded_size(escape(value)) for value in values if value)
