"""A digest as a join of strips: each paper's bytes are made once for all readers with the same reasons.

Says what `fill` says, in a hundredth of its time. A letter that may not fit the budget as a whole is
left to `fill`, which knows how to shorten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, compress
from typing import NamedTuple

from digest.rendering.arrange import set_subject, share
from digest.rendering.budget import LIMIT
from digest.rendering.compile import compile_frame
from digest.rendering.content import (
    BETWEEN_LEADS,
    Detail,
    PersonalContent,
    SharedContent,
    count_leads,
    make_preheader,
    make_subject,
    show_more,
    show_personal,
)
from digest.rendering.fill import QUOTED, WRAPPED, Woven, escape, part_at, set_preheader
from digest.rendering.letter import DigestLetter, QuotedParts
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import COLUMNS, OWN_PLACE, SOFT_BREAK, encode_quoted
from digest.rendering.strip import Strip, make_pattern, quote_html

_BETWEEN_LEADS = encode_quoted(BETWEEN_LEADS)
# Room kept for the reader's own values outside the papers, whose sizes are not summed one by one.
OWN_VALUES = 12_000
OWN_NAMES = frozenset({"subject", "preheader", "more", "manage_url", "leave_url", "digest_url"})


class OwnLinks(NamedTuple):
    """Where one reader's own pages are, ready for the wire."""

    manage_url: bytes
    leave_url: bytes
    digest_url: bytes


class OwnPage:
    """A page that each reader has at an address of their own. How these begin is encoded once."""

    # Where an address has no room on one line, its last part has a line of its own; if it is no longer than this.
    LONGEST = 71

    def __init__(self, beginning: str) -> None:
        self._beginning, self._quoted = beginning, quote_html(beginning)
        # The same without an end of its line.
        self._open = self._quoted.removesuffix(SOFT_BREAK)
        self._is_plain = self._open.decode() == beginning

    def quote(self, ending: bytes) -> bytes:
        """Return a reader's address as HTML and text have it. Its ending is of letters, digits and tokens' marks."""
        if len(self._beginning) + len(ending) >= COLUMNS:
            if len(ending) <= self.LONGEST:
                return self._quoted + ending + SOFT_BREAK
        elif self._is_plain:
            return self._open + ending + SOFT_BREAK
        return encode_quoted(escape(self._beginning + ending.decode()))


class Laid(NamedTuple):
    """All papers of a letter with their headings, still open for the reader's own digest and the numbers of links."""

    html: Sequence[bytes]
    texts: Sequence[bytes]
    links: int
    size: int
    own_links: int
    # Of those that the letter is for, news aside: the first one's title, how many, what a preheader says of the next.
    title: str
    papers: int
    leads: bytes


class Setting(NamedTuple):
    """A frame with all its readers' common values set in: what stands before the papers, and behind them.

    It takes a reader's own values by their names.
    """

    html: tuple[bytes, bytes]
    text: tuple[bytes, bytes]
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the papers for readers of one edition and rhythm; compiled when first needed."""

    letter: DigestLetter
    shared: SharedContent
    # The number of the papers' first link: those of the intro stand before it.
    first_number: int
    # Values that all these readers share, as they are and as bytes in both forms.
    common: dict[str, str]
    in_html: dict[str, Woven[bytes]]
    in_text: dict[str, Woven[bytes]]
    settings: dict[tuple[bool, ...], Setting] = field(default_factory=dict)
    # By the first paper's title and how many papers there are: the subject, and the same as HTML.
    subjects: dict[tuple[str, int], tuple[str, bytes]] = field(default_factory=dict)

    @property
    def detail(self) -> Detail:
        """How much of a paper there is room for at best."""
        return Detail.TITLE if self.letter.layout == "compact" else Detail.FULL

    def make_subject(self, title: str, count: int) -> tuple[str, bytes]:
        """Return the subject of a letter with so many papers, as it is and as HTML."""
        if (title, count) not in self.subjects:
            letter = self.letter
            fallback = f"{letter.sender.site_name}: {letter.title}"
            subject = set_subject(make_subject(letter.subject, title, count, fallback=fallback), letter.kind)
            self.subjects[title, count] = subject, quote_html(subject)
        return self.subjects[title, count]

    def set(self, *, subject: bool, preheader: bool, more: bool) -> Setting:
        """Return the compiled frame for readers who have these values."""
        key = subject, preheader, more
        if key not in self.settings:
            there = {name for name, value in self.common.items() if value} | set(OwnLinks._fields)
            there |= {name for name, is_there in zip(("subject", "preheader", "more"), key, strict=True) if is_there}
            block = compile_frame(self.shared, frozenset(there))
            html, text = QUOTED.weave(block.html, self.in_html), QUOTED.weave(block.text, self.in_text)
            self.settings[key] = Setting(_part_at_papers(html), _part_at_papers(text), block.size)
        return self.settings[key]


def make_frame(letter: DigestLetter) -> Frame:
    """Return the frame of a letter; its papers and its reader's own links are left out."""
    bare = replace(letter, sections=(), manage_url="", leave_url="", digest_url="", more_count=0)
    personal = show_personal(bare)
    common = {name: getattr(personal, name) for name in PersonalContent.__slots__ if name not in OWN_NAMES}
    own = {"digest_url": Woven((OWN_PLACE,))}
    shared = share(bare)
    return Frame(
        bare,
        shared,
        compile_frame(shared, frozenset()).links + 1,
        common,
        own | {name: Woven((quote_html(value),)) for name, value in common.items()},
        own
        | {name: Woven((_text(value) if name in WRAPPED else encode_quoted(value),)) for name, value in common.items()},
    )


def lay_strips(strips: Sequence[Strip]) -> Laid:
    """Return all papers of a letter, each section's below its heading."""
    # Column by column, which is a fifth of the cost of strip by strip.
    columns = zip(*strips, strict=True) if strips else [()] * len(Strip._fields)
    _, _, _, pieces, texts, links, sizes, own_links, are_new = columns
    new = list(compress(strips, are_new))
    title = new[0].title if new else ""
    html = list(chain.from_iterable(pieces))
    return Laid(html, texts, sum(links), sum(sizes), sum(own_links), title, len(new), _lead(new[1:4]))


def fill_strips(frame: Frame, laid: Laid, *, own: OwnLinks, more_count: int) -> QuotedParts | None:
    """Return one reader's digest; None where it may not fit as a whole.

    The links must be what `safe_link` lets through.
    """
    subject, subject_html = frame.make_subject(laid.title, laid.papers)
    chosen = frame.letter.preheader
    preheader = laid.leads if laid.leads and not chosen else _set_preheader(chosen, frame.letter.title)
    more_html, more_text = _tell_more(more_count)
    setting = frame.set(subject=bool(subject), preheader=bool(preheader), more=bool(more_html))
    if setting.size + laid.size + laid.own_links * len(own.digest_url) > LIMIT - OWN_VALUES:
        return None
    in_text = {b"manage_url": own.manage_url, b"leave_url": own.leave_url, b"more": more_text}
    in_html = {**in_text, b"more": more_html, b"subject": subject_html, b"preheader": preheader}
    (text_before, text_behind), (before, behind) = setting.text, setting.html
    papers = b"".join(laid.texts) % _numbers(frame.first_number, laid.links)
    text = [text_before % in_text, papers, text_behind % in_text]
    return QuotedParts(subject, text, [before % in_html, *laid.html, behind % in_html], own.digest_url)


def _part_at_papers(woven: Woven[bytes]) -> tuple[bytes, bytes]:
    """A frame before its papers and behind them, to be filled by one call each."""
    places = {slot: b"%%(%b)b" % slot.encode() for slot in woven.slots}
    before, behind = part_at(woven, "papers")
    return make_pattern(before, places), make_pattern(behind, places)


def _lead(following: Sequence[Strip]) -> bytes:
    """What `make_preheader` says of the papers after the first, as HTML."""
    count = count_leads([strip.columns for strip in following])
    return _BETWEEN_LEADS.join([strip.lead for strip in following[:count]])


@lru_cache(maxsize=256)
def _set_preheader(chosen: str, title: str) -> bytes:
    return set_preheader(QUOTED, make_preheader(chosen, (), fallback=title))


@lru_cache(maxsize=4096)
def _tell_more(count: int) -> tuple[bytes, bytes]:
    """How many papers more there are, as HTML and as text."""
    more = show_more(count)
    return quote_html(more), _text(more)


@lru_cache(maxsize=4096)
def _numbers(first: int, count: int) -> tuple[bytes, ...]:
    """The numbers of so many links."""
    return tuple(encode_quoted(str(first + place)) for place in range(count))


@lru_cache(maxsize=512)
def _text(value: str) -> bytes:
    """A sentence of the frame, in lines."""
    return encode_quoted(wrap(value))
