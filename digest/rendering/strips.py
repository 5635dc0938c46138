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
from digest.rendering.budget import LIMIT
from digest.rendering.compile import compile_card, compile_frame, compile_heading
from digest.rendering.content import (
    Detail,
    PersonalContent,
    SharedContent,
    make_preheader,
    make_subject,
    show_chips,
    show_heading,
    show_more,
    show_personal,
    without_chips,
)
from digest.rendering.fill import QUOTED, WRAPPED, Woven, escape, set_chips
from digest.rendering.letter import Card, DigestLetter, QuotedParts
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import encode_quoted

# Room kept for the reader's own values outside the papers, whose sizes are not summed one by one.
OWN_VALUES = 12_000
# No quoted-printable text holds it.
OWN_PLACE = b"\0"
OWN_NAMES = frozenset({"subject", "preheader", "more", "manage_url", "leave_url", "digest_url"})


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One paper in both forms, as bytes open wherever they name the reader's own digest or number a link."""

    title: str
    # In pieces, None where the reader's own digest goes. What stands before the chips and behind them is the
    # paper's and one object for all its strips, so that most of what letters copy is in the cache.
    html: tuple[bytes | None, ...]
    # The text takes the numbers of its links as `%b`, and has `OWN_PLACE` for the reader's own digest.
    text: bytes
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


class Opening(NamedTuple):
    """A section's heading, in the same forms as a strip."""

    html: tuple[bytes, ...]
    text: bytes
    size: int


class Laid(NamedTuple):
    """All papers with their headings, still open for the reader's own digest and the numbers of links."""

    html: list[bytes | None]
    text: bytes
    links: int
    size: int
    own_links: int


class Setting(NamedTuple):
    """A frame with all its readers' common values set in; open for the papers and what is one reader's own."""

    html: Woven[bytes]
    text: Woven[bytes]
    size: int
    first_number: int


class Lines(NamedTuple):
    """What a letter says of its papers outside of them: the subject as it is, and both as HTML."""

    subject: str
    subject_html: bytes
    preheader_html: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the papers for readers of one edition and rhythm; compiled when first needed."""

    letter: DigestLetter
    shared: SharedContent
    # Values that all these readers share, as they are and as bytes in both forms.
    common: dict[str, str]
    in_html: dict[str, Woven[bytes]]
    in_text: dict[str, Woven[bytes]]
    settings: dict[tuple[bool, ...], Setting] = field(default_factory=dict)

    @property
    def detail(self) -> Detail:
        """How much of a paper there is room for at best."""
        return Detail.TITLE if self.letter.layout == "compact" else Detail.FULL

    def set(self, *, subject: bool, preheader: bool, more: bool) -> Setting:
        """Return the compiled frame for readers who have these values."""
        key = subject, preheader, more
        if key not in self.settings:
            there = {name for name, value in self.common.items() if value} | set(OwnLinks._fields)
            there |= {name for name, is_there in zip(("subject", "preheader", "more"), key, strict=True) if is_there}
            block = compile_frame(self.shared, frozenset(there))
            html, text = QUOTED.weave(block.html, self.in_html), QUOTED.weave(block.text, self.in_text)
            self.settings[key] = Setting(html, text, block.size, block.links + 1)
        return self.settings[key]


def make_frame(letter: DigestLetter) -> Frame:
    """Return the frame of a letter; its papers and its reader's own links are left out."""
    bare = replace(letter, sections=(), manage_url="", leave_url="", digest_url="", more_count=0)
    personal = show_personal(bare)
    common = {name: getattr(personal, name) for name in PersonalContent.__slots__ if name not in OWN_NAMES}
    return Frame(
        bare,
        share(bare),
        common,
        {name: Woven((_html(value),)) for name, value in common.items()},
        {name: Woven((_text(value) if name in WRAPPED else encode_quoted(value),)) for name, value in common.items()},
    )


def make_strip(card: Card, *, detail: Detail, site_url: str) -> Strip:
    """Return the paper with its chips, for readers who have a digest of their own on the site."""
    chips, bare = show_chips(card.chips), without_chips(card)
    is_own = bool(card.paper_id)
    size, own_links = size_card(bare, chips, detail, site_url, is_own=is_own)
    block = compile_card(bare, detail, site_url, is_own=is_own)
    chips_html, chips_text = set_chips(QUOTED, chips if detail > Detail.TITLE else (), card.paper_id)
    place = block.html.slots.index("chips") + 1
    runs = block.html.quoted[:place], chips_html.texts, block.html.quoted[place:]
    html = tuple([piece for run in runs for piece in _open_between(run)])
    text = _pattern(QUOTED.weave(block.text, {"reasons": chips_text}))
    return Strip(card.title, html, text, block.links, size, own_links, bool(card.news))


def _open_between(pieces: Sequence[bytes]) -> list[bytes | None]:
    """The pieces with a place for the reader's own digest between each two."""
    between: list[bytes | None] = [None] * (2 * len(pieces) - 1)
    between[::2] = pieces
    return between


def _pattern(text: Woven[bytes]) -> bytes:
    """The text with its numbers, in their order, and the reader's own digest to be put in by one call each."""
    texts = [part.replace(b"%", b"%%") for part in text.texts]
    places = [OWN_PLACE if slot == "digest_url" else b"%b" for slot in text.slots]
    return b"".join([part for pair in zip(texts, [*places, b""], strict=True) for part in pair])


def fill_strips(
    frame: Frame, sections: Sequence[tuple[str, Sequence[Strip]]], *, own: OwnLinks, more_count: int
) -> QuotedParts | None:
    """Return one reader's digest, its sections as headings with strips; None where it may not fit as a whole.

    The links must be what `safe_link` lets through.
    """
    lines = _show_lines(frame, [strip.title for _, strips in sections for strip in strips if not strip.is_news])
    more = show_more(more_count)
    setting = frame.set(subject=bool(lines.subject), preheader=bool(lines.preheader_html), more=bool(more))
    manage, leave, digest = map(_quote_link, own)
    laid = _lay(sections)
    if setting.size + laid.size + laid.own_links * len(digest) > LIMIT - OWN_VALUES:
        return None
    html = [digest if piece is None else piece for piece in laid.html]
    text = (laid.text % _numbers(setting.first_number, laid.links)).replace(OWN_PLACE, digest)
    links = {"manage_url": manage, "leave_url": leave, "digest_url": digest}
    said = {"subject": lines.subject_html, "preheader": lines.preheader_html, "more": _html(more)}
    return QuotedParts(
        lines.subject,
        _surround([text], setting.text, {**links, "more": _text(more)}),
        _surround(html, setting.html, {**links, **said}),
    )


def _surround(papers: list[bytes], frame: Woven[bytes], values: dict[str, bytes]) -> list[bytes]:
    """The papers in their place in the frame."""
    parts = [frame.texts[0]]
    for slot, text in zip(frame.slots, frame.texts[1:], strict=True):
        if slot == "papers":
            parts += papers
            parts.append(text)
        else:
            parts += (values[slot], text)
    return parts


def _show_lines(frame: Frame, titles: list[str]) -> Lines:
    """The subject and the preheader."""
    letter = frame.letter
    fallback = f"{letter.sender.site_name}: {letter.title}"
    subject = _make_subject(letter.kind, letter.subject, titles[0] if titles else "", len(titles), fallback)
    return Lines(*subject, _make_preheader(letter.preheader, tuple(titles[1:4]), letter.title))


@lru_cache(maxsize=4096)
def _make_subject(kind: str, chosen: str, first_title: str, count: int, fallback: str) -> tuple[str, bytes]:
    subject = set_subject(make_subject(chosen, first_title, count, fallback=fallback), kind)
    return subject, _html(subject)


# Readers alike follow one another; for all the others it would be kept in vain.
@lru_cache(maxsize=512)
def _make_preheader(chosen: str, titles: tuple[str, ...], fallback: str) -> bytes:
    return encode_quoted(escape(make_preheader(chosen, titles, fallback=fallback)))


def _quote_link(link: str) -> bytes:
    return encode_quoted(escape(link))


def _lay(sections: Sequence[tuple[str, Sequence[Strip]]]) -> Laid:
    """All papers in both forms, one after the other."""
    html: list[bytes | None] = []
    texts: list[bytes] = []
    links = size = own_links = 0
    for heading, strips in sections:
        opening = _open_section(heading)
        html += opening.html
        texts.append(opening.text)
        size += opening.size
        for strip in strips:
            html += strip.html
            texts.append(strip.text)
            links += strip.links
            size += strip.size
            own_links += strip.own_links
    return Laid(html, b"".join(texts), links, size, own_links)


@lru_cache(maxsize=4096)
def _numbers(first: int, count: int) -> tuple[bytes, ...]:
    """The numbers of so many links."""
    return tuple(encode_quoted(str(first + place)) for place in range(count))


@lru_cache(maxsize=256)
def _open_section(heading: str) -> Opening:
    block = compile_heading(show_heading(heading))
    return Opening(block.html.quoted, _pattern(Woven(block.text.quoted)), block.size)


@lru_cache(maxsize=512)
def _html(value: str) -> bytes:
    return encode_quoted(escape(value))


@lru_cache(maxsize=512)
def _text(value: str) -> bytes:
    """A sentence of the frame, in lines."""
    return encode_quoted(wrap(value))
