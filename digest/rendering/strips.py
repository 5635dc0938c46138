"""A digest as a join of strips: each paper's bytes are made once for all readers with the same reasons.

Says what `fill` says, in a hundredth of its time. A letter that may not fit the budget as a whole is
left to `fill`, which knows how to shorten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
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
from digest.rendering.fill import QUOTED, WRAPPED, Woven, escape, part_at, set_in, set_preheader
from digest.rendering.letter import DigestLetter, QuotedParts
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import OWN_PLACE, SOFT_BREAK, encode_quoted, split_link
from digest.rendering.strip import Strip, quote_html

_BETWEEN_LEADS = encode_quoted(BETWEEN_LEADS)
# Room kept for the reader's own values outside the papers, whose sizes are not summed one by one.
OWN_VALUES = 12_000
OWN_NAMES = frozenset({"subject", "preheader", "more", "manage_url", "leave_url", "digest_url"})


class OwnLinks(NamedTuple):
    """Where one reader's own pages are."""

    manage_url: str
    leave_url: str
    digest_url: str


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
    """A frame with all its readers' common values set in: what stands before the papers, and behind them."""

    html: tuple[Woven[bytes], Woven[bytes]]
    text: tuple[Woven[bytes], Woven[bytes]]
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
            self.settings[key] = Setting(part_at(html, "papers"), part_at(text, "papers"), block.size)
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
    _, _, _, pieces, texts, links, sizes, own_links, _ = zip(*strips, strict=True)
    new = [strip for strip in strips if strip.is_new]
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
    manage, leave, digest = map(_quote_link, own)
    if setting.size + laid.size + laid.own_links * len(digest) > LIMIT - OWN_VALUES:
        return None
    in_text = {"manage_url": manage, "leave_url": leave, "more": more_text}
    in_html = {**in_text, "more": more_html, "subject": subject_html, "preheader": preheader}
    (text_before, text_behind), (before, behind) = setting.text, setting.html
    papers = b"".join(laid.texts) % _numbers(frame.first_number, laid.links)
    text = [*set_in(text_before, in_text), papers, *set_in(text_behind, in_text)]
    html = [*set_in(before, in_html), *laid.html, *set_in(behind, in_html)]
    return QuotedParts(subject, text, html, digest)


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


def _quote_link(link: str) -> bytes:
    """A link as quoted-printable HTML."""
    page, token = split_link(link)
    return quote_html(page) + token.encode() + SOFT_BREAK if token else encode_quoted(escape(link))


@lru_cache(maxsize=4096)
def _numbers(first: int, count: int) -> tuple[bytes, ...]:
    """The numbers of so many links."""
    return tuple(encode_quoted(str(first + place)) for place in range(count))


@lru_cache(maxsize=512)
def _text(value: str) -> bytes:
    """A sentence of the frame, in lines."""
    return encode_quoted(wrap(value))
