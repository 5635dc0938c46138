"""Decides how much of each paper a letter shows, so that the mail keeps its byte budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.html import escape

from digest.rendering.budget import LIMIT, encoded_size, fit_cards
from digest.rendering.cleaning import clean_line
from digest.rendering.compile import compile_card, compile_chips, compile_frame, compile_heading
from digest.rendering.content import (
    Detail,
    PersonalContent,
    SharedContent,
    show_chips,
    show_personal,
    show_shared,
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
    cards = [card for section in letter.sections for card in section.cards]
    bare = [replace(card, chips=()) for card in cards]
    chips = [show_chips(card.chips) for card in cards]

    def size(index: int, detail: Detail) -> int:
        if detail is Detail.OMITTED:
            return 0
        own = _size_chips(chips[index]) if detail > Detail.TITLE else 0
        return compile_card(bare[index], detail, site_url).size + own

    details = fit_cards(len(cards), room=_measure_room(letter), size=size)
    placed = iter(map(PlacedCard, bare, chips, details))
    sections = []
    for section in letter.sections:
        kept = tuple(card for card in [next(placed) for _ in section.cards] if card.detail)
        if kept:
            sections.append((clean_line(section.heading), kept))
    personal = show_personal(letter, omitted=details.count(Detail.OMITTED))
    return Arrangement(site_url, show_shared(letter), personal, tuple(sections))


def name_shown(personal: PersonalContent) -> frozenset[str]:
    """Return the names of the personal values that are there."""
    return frozenset(name for name in PersonalContent.__slots__ if getattr(personal, name))


def _measure_room(letter: DigestLetter) -> int:
    """Bytes left for papers when frame and headings are in place and the line about the others is at its longest."""
    personal = show_personal(letter, omitted=1_000_000)
    frame = compile_frame(show_shared(letter), name_shown(personal))
    # The two links stand twice: above the papers and below.
    values = "".join(getattr(personal, name) for name in PersonalContent.__slots__)
    values += personal.manage_url + personal.leave_url
    headings = sum(compile_heading(clean_line(section.heading)).size for section in letter.sections)
    return LIMIT - frame.size - encoded_size(escape(values)) - headings


def _size_chips(chips: tuple[Chip, ...]) -> int:
    row = compile_chips(tuple(chip.kind for chip in chips))
    return row.size + encoded_size(escape("".join(chip.label for chip in chips)))
