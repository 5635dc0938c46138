"""Decides how much of each paper a letter shows, so that the mail keeps its byte budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from itertools import islice

from digest.rendering.budget import LIMIT, encoded_size, fit_cards
from digest.rendering.cleaning import clean_line
from digest.rendering.compile import compile_card, compile_chips, compile_frame, compile_heading
from digest.rendering.content import (
    Detail,
    PersonalContent,
    SharedContent,
    show_chips,
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
    shared = show_shared(letter.sender, letter.title, letter.date_line, letter.byline, letter.intro)
    personal = show_personal(letter)
    headings = [clean_line(section.heading) for section in letter.sections]
    cards = [without_chips(card) for section in letter.sections for card in section.cards]
    chips = [show_chips(card.chips) for section in letter.sections for card in section.cards]

    def size(index: int, detail: Detail) -> int:
        if detail is Detail.OMITTED:
            return 0
        own = _size_chips(chips[index]) if detail > Detail.TITLE else 0
        return compile_card(cards[index], detail, site_url).size + own

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


def name_shown(personal: PersonalContent) -> frozenset[str]:
    """Return the names of the personal values that are there."""
    return frozenset([name for name in PersonalContent.__slots__ if getattr(personal, name)])


def _size_frame(shared: SharedContent, personal: PersonalContent) -> int:
    """Bytes of all but the papers and headings, with the line about papers left out at its longest."""
    frame = compile_frame(shared, name_shown(personal) | {"more"})
    # The two links stand twice: above the papers and below.
    values = [getattr(personal, name) for name in PersonalContent.__slots__]
    values += [personal.manage_url, personal.leave_url, show_more(1_000_000_000)]
    return frame.size + _size_values(values)


@lru_cache(maxsize=8192)
def _size_chips(chips: tuple[Chip, ...]) -> int:
    row = compile_chips(tuple(chip.kind for chip in chips))
    return row.size + _size_values([chip.label for chip in chips])


def _size_values(values: list[str]) -> int:
    """Bytes of values that are encoded one by one."""
    return sum(encoded_size(escape(value)) for value in values if value)
