"""One paper as ready bytes, in two steps: what all its readers share, and the same with the reasons of some."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from digest.rendering.arrange import size_chips
from digest.rendering.compile import compile_card_anew, compile_heading
from digest.rendering.content import Detail, show_chips, show_heading
from digest.rendering.fill import QUOTED, Woven, escape, part_at, set_chips, set_lead
from digest.rendering.letter import Card, Chip
from digest.rendering.quoted import OWN_PLACE, encode_quoted


class Strip(NamedTuple):
    """A paper, or a section's heading, in both forms: bytes with `OWN_PLACE` wherever they name the reader's digest."""

    title: str
    # What a preheader says of it, and how many columns wide that is.
    lead: bytes
    columns: int
    # Before the chips, the chips, and behind them: but for the chips one object for all of the paper's strips,
    # so that most of what letters copy is in the cache.
    html: tuple[bytes, ...]
    # It takes the numbers of its links as `%b`.
    text: bytes
    links: int
    # Bytes of the HTML by the budget's reckoning, without the own links, and how many these are.
    size: int
    own_links: int
    # A paper that the letter is for; news about one sent before is none.
    is_new: bool


class BareStrip(NamedTuple):
    """A paper without the reasons that bring it."""

    # Its number, where readers can speak about it.
    paper_id: int
    has_room_for_chips: bool
    strip: Strip
    # What stands before the reasons in the text, and behind them.
    text: tuple[bytes, bytes]


@lru_cache(maxsize=4096)
def make_bare(card: Card, *, detail: Detail, site_url: str) -> BareStrip:
    """Return a paper whose card has no chips, for readers who have a digest of their own on the site."""
    block = compile_card_anew(card, detail, site_url, is_own=bool(card.paper_id))
    html_before, html_behind = part_at(Woven(block.html.quoted, block.html.slots), "chips")
    text_before, text_behind = part_at(Woven(block.text.quoted, block.text.slots), "reasons")
    lead, columns = set_lead(card.title)
    html = OWN_PLACE.join(html_before.texts), OWN_PLACE.join(html_behind.texts)
    strip = Strip(card.title, lead, columns, html, b"", block.links, block.size, block.own_links, not card.news)
    return BareStrip(
        card.paper_id, detail > Detail.TITLE, strip, (_number_links(text_before), _number_links(text_behind))
    )


def put_chips(bare: BareStrip, chips: tuple[Chip, ...]) -> Strip:
    """Return the paper with the reasons of some readers."""
    strip, (text_before, text_behind), (html_before, html_behind) = bare.strip, bare.text, bare.strip.html
    shown = show_chips(chips) if bare.has_room_for_chips else ()
    size, own_links = size_chips(shown, bare.paper_id) if bare.has_room_for_chips else (0, 0)
    html, reasons = set_chips(QUOTED, shown, bare.paper_id)
    return strip._replace(
        html=(html_before, OWN_PLACE.join(html.texts), html_behind),
        text=text_before + _escape(reasons) + text_behind,
        size=strip.size + size,
        own_links=strip.own_links + own_links,
    )


@lru_cache(maxsize=256)
def open_section(heading: str) -> Strip:
    """Return a section's heading."""
    block = compile_heading(show_heading(heading))
    return Strip("", b"", 0, block.html.quoted, _number_links(Woven(block.text.quoted)), 0, block.size, 0, is_new=False)


@lru_cache(maxsize=4096)
def quote_html(value: str) -> bytes:
    """Return a value as it stands in HTML, ready for the wire."""
    return encode_quoted(escape(value))


def _number_links(text: Woven[bytes]) -> bytes:
    """The text with a place for the number of each of its links, in their order."""
    return make_pattern(text, {slot: OWN_PLACE if slot == "digest_url" else b"%b" for slot in text.slots})


def make_pattern(text: Woven[bytes], places: Mapping[str, bytes]) -> bytes:
    """Return the text with these places in its slots, to be filled by one call."""
    return QUOTED.fill_woven(Woven(tuple(map(_escape, text.texts)), text.slots), places)


def _escape(text: bytes) -> bytes:
    """A text that is to hold places, as it is."""
    return text.replace(b"%", b"%%")
