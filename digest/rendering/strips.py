"""A digest as a join of strips: each paper's bytes are made once for all readers with the same reasons.

Says what `fill` says, in a hundredth of its time. A letter that may not fit the budget as a whole is
left to `fill`, which knows how to shorten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from digest.rendering.arrange import set_subject, share, size_card
from digest.rendering.budget import LIMIT, encoded_size
from digest.rendering.cleaning import clean_line
from digest.rendering.compile import Block, Piece, compile_frame, compile_heading
from digest.rendering.content import (
    Detail,
    PersonalContent,
    SharedContent,
    make_preheader,
    make_subject,
    show_chips,
    show_more,
    show_personal,
    without_chips,
)
from digest.rendering.fill import QUOTED, WRAPPED, escape, set_card
from digest.rendering.letter import Card, DigestLetter, QuotedParts
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import encode_quoted

# Room kept for the reader's own values outside the papers, whose sizes are not summed one by one.
OWN_VALUES = 12_000
# In place of a link's number: the address of the reader's own digest.
OWN = -1
OWN_NAMES = frozenset({"subject", "preheader", "more", "manage_url", "leave_url", "digest_url"})
_NUMBERS = tuple(encode_quoted(str(number)) for number in range(1000))


class Strip(NamedTuple):
    """One paper in both forms, as bytes open wherever they name the reader's own digest or number a link."""

    title: str
    html: tuple[bytes, ...]
    # Texts, and between them gaps: for a link's number, and where `slots` says OWN for the own digest.
    text: list[bytes]
    slots: tuple[int, ...]
    links: int
    # Bytes of the HTML by the budget's reckoning, without the own links, and how many these are.
    size: int
    own_links: int
    # News about a paper sent before, which leads no letter.
    is_news: bool


class OwnLinks(NamedTuple):
    """Where one reader's own pages are."""

    manage_url: str
    leave_url: str
    digest_url: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the papers for readers of one edition and rhythm; compiled when first needed."""

    letter: DigestLetter
    shared: SharedContent
    # Values that all these readers share, as they are and as bytes in both forms.
    common: dict[str, str]
    in_html: dict[str, bytes]
    in_text: dict[str, bytes]
    blocks: dict[tuple[bool, ...], Block] = field(default_factory=dict)

    @property
    def detail(self) -> Detail:
        """How much of a paper there is room for at best."""
        return Detail.TITLE if self.letter.layout == "compact" else Detail.FULL

    def block(self, *, subject: bool, preheader: bool, more: bool) -> Block:
        """Return the compiled frame for readers who have these values."""
        key = subject, preheader, more
        if key not in self.blocks:
            there = {name for name, value in self.common.items() if value} | set(OwnLinks._fields)
            there |= {name for name, is_there in zip(("subject", "preheader", "more"), key, strict=True) if is_there}
            self.blocks[key] = compile_frame(self.shared, frozenset(there))
        return self.blocks[key]


def make_frame(letter: DigestLetter) -> Frame:
    """Return the frame of a letter; its papers and its reader's own links are left out."""
    bare = replace(letter, sections=(), manage_url="", leave_url="", digest_url="", more_count=0)
    personal = show_personal(bare)
    common = {name: getattr(personal, name) for name in PersonalContent.__slots__ if name not in OWN_NAMES}
    return Frame(
        bare,
        share(bare),
        common,
        {name: _html(value) for name, value in common.items()},
        {name: _text(value) if name in WRAPPED else encode_quoted(value) for name, value in common.items()},
    )


def make_strip(card: Card, *, detail: Detail, site_url: str) -> Strip:
    """Return the paper with its chips, for readers who have a digest of their own on the site."""
    chips, bare = show_chips(card.chips), without_chips(card)
    is_own = bool(card.paper_id)
    size, own_links = size_card(bare, chips, detail, site_url, is_own=is_own)
    made = set_card(QUOTED, bare, detail, chips if detail > Detail.TITLE else (), site_url, is_own=is_own)
    slots = tuple(OWN if slot == "digest_url" else int(slot.removeprefix("number")) for slot in made.text.slots)
    text = [b""] * (2 * len(slots) + 1)
    text[::2] = made.text.texts
    return Strip(card.title, made.html.texts, text, slots, made.links, size, own_links, bool(card.news))


def fill_strips(
    frame: Frame, sections: Sequence[tuple[str, Sequence[Strip]]], *, own: OwnLinks, more_count: int
) -> QuotedParts | None:
    """Return one reader's digest, its sections as headings with strips; None where it may not fit as a whole.

    The links must be what `safe_link` lets through.
    """
    strips = [strip for _, section in sections for strip in section]
    subject, preheader = _show_lines(frame.letter, [strip for strip in strips if not strip.is_news])
    more = show_more(more_count)
    block = frame.block(subject=bool(subject), preheader=bool(preheader), more=bool(more))
    headings = [_heading(heading) for heading, _ in sections]
    size = block.size + sum([heading.size for heading in headings]) + sum([strip.size for strip in strips])
    if size + sum([strip.own_links for strip in strips]) * encoded_size(own.digest_url) > LIMIT - OWN_VALUES:
        return None
    links = {name: encode_quoted(escape(link)) for name, link in zip(OwnLinks._fields, own, strict=True)}
    lines = {"subject": _html(subject), "preheader": _html(preheader), "more": _html(more)}
    html, text = _lay(headings, [section for _, section in sections], links["digest_url"], block.links + 1)
    return QuotedParts(
        subject,
        _surround(text, block.text, {**frame.in_text, **links, "more": _text(more)}),
        _surround(html, block.html, {**frame.in_html, **links, **lines}),
    )


def _surround(papers: list[bytes], piece: Piece, values: dict[str, bytes]) -> list[bytes]:
    """The papers in their place in the frame."""
    parts = [piece.quoted[0]]
    for slot, text in zip(piece.slots, piece.quoted[1:], strict=True):
        if slot == "papers":
            parts += papers
            parts.append(text)
        else:
            parts += (values[slot], text)
    return parts


def _show_lines(letter: DigestLetter, strips: list[Strip]) -> tuple[str, str]:
    """The subject and the preheader."""
    first = strips[0].title if strips else ""
    fallback = f"{letter.sender.site_name}: {letter.title}"
    subject = make_subject(letter.subject, first, len(strips), fallback=fallback)
    next_titles = tuple([strip.title for strip in strips[1:4]])
    return set_subject(subject, letter.kind), make_preheader(letter.preheader, next_titles, fallback=letter.title)


def _lay(
    headings: list[Block], sections: list[Sequence[Strip]], own: bytes, number: int
) -> tuple[list[bytes], list[bytes]]:
    """All papers in both forms, one after the other."""
    html: list[bytes] = []
    text: list[bytes] = []
    for heading, strips in zip(headings, sections, strict=True):
        html += heading.html.quoted
        text += heading.text.quoted
        for strip in strips:
            html.append(own.join(strip.html))
            pieces = strip.text.copy()
            pieces[1::2] = [own if slot < 0 else _NUMBERS[number + slot] for slot in strip.slots]
            text += pieces
            number += strip.links
    return html, text


@lru_cache(maxsize=256)
def _heading(heading: str) -> Block:
    return compile_heading(clean_line(heading))


@lru_cache(maxsize=4096)
def _html(value: str) -> bytes:
    return encode_quoted(escape(value))


@lru_cache(maxsize=4096)
def _text(value: str) -> bytes:
    """A sentence of the frame, in lines."""
    return encode_quoted(wrap(value))
