"""Compiled letters: what many readers share is rendered by Django, inlined by premailer and cut at its slots once.

A template is rendered with marks in place of the values that differ from reader to reader; cutting the
result at the marks leaves a piece that `fill` joins with a reader's own values. Kept per process.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from django.utils.safestring import SafeString

from digest.rendering.budget import encoded_size
from digest.rendering.content import Detail, PersonalContent, SharedContent, show_card
from digest.rendering.inline import inline_css
from digest.rendering.letter import Card, Chip, Sender
from digest.rendering.markdown import intro_to_html, intro_to_text
from digest.rendering.quoted import encode_quoted
from digest.rendering.templates import render_html, render_text

# Unguessable, so that no paper's text can hold a mark; letters and digits only, so that no step rewrites it.
_NONCE = secrets.token_hex(8)
_MARK = re.compile(f"slot{_NONCE}([a-z_0-9]+)end")


def mark(name: str) -> str:
    """Return the stand-in for a value that is filled in later."""
    return f"slot{_NONCE}{name}end"


@dataclass(frozen=True, slots=True)
class Piece:
    """Ready text with slots: `texts[0]`, the value of `slots[0]`, `texts[1]`, and so on."""

    texts: tuple[str, ...]
    slots: tuple[str, ...]
    # The same texts, ready for the wire.
    quoted: tuple[bytes, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with each slot's value as it is: escaping is the caller's part."""
        parts = [self.texts[0]]
        for slot, text in zip(self.slots, self.texts[1:], strict=True):
            parts += (values[slot], text)
        return "".join(parts)


def cut(text: str) -> Piece:
    """Cut a rendered template at its marks."""
    parts = _MARK.split(text)
    return Piece(tuple(parts[::2]), tuple(parts[1::2]), tuple(map(encode_quoted, parts[::2])))


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a letter in both forms. `size` bounds the bytes of the HTML without the slots' values."""

    html: Piece
    text: Piece
    size: int
    links: int = 0

    @property
    def own_links(self) -> int:
        """How often the HTML names the reader's own digest."""
        return self.html.slots.count("digest_url")


@lru_cache(maxsize=256)
def compile_frame(shared: SharedContent, shown: frozenset[str]) -> Block:
    """Compile all that surrounds the papers; `shown` names the personal values that are not empty."""
    marks = {field.name: mark(field.name) if field.name in shown else "" for field in fields(PersonalContent)}
    intro = intro_to_text(shared.intro)
    context = {**describe_shared(shared), **marks, "slot": {"papers": mark("papers")}}
    html = inline_css(render_html(f"{shared.kind}/body.html", context))
    text = render_text(f"{shared.kind}/body.txt", {**context, "intro": intro.text})
    return Block(cut(html), cut(text), _size(html), intro.links)


@lru_cache(maxsize=8)
def compile_subject(kind: str) -> Piece:
    """Compile the subject line of a kind of digest; the slot is made from its papers."""
    return cut(render_text(f"{kind}/subject.txt", {"subject": mark("subject")}))


@lru_cache(maxsize=4096)
def compile_card(card: Card, detail: Detail, site_url: str, *, is_own: bool) -> Block:
    """Compile one paper. Its chips are each reader's own and must be left out; its links are numbered later.

    `is_own`: readers can speak about it, below their own digest's address, which is a slot.
    """
    return compile_card_anew(card, detail, site_url, is_own=is_own)


def compile_card_anew(card: Card, detail: Detail, site_url: str, *, is_own: bool) -> Block:
    """Compile one paper for whoever keeps what they make of it."""
    numbers = (mark(f"number{index}") for index in itertools.count())
    digest_url = mark("digest_url") if is_own else ""
    context = {
        "card": show_card(card, detail=detail, site_url=site_url, numbers=numbers, digest_url=digest_url),
        "slot": {"chips": mark("chips"), "reasons": mark("reasons")},
    }
    html, text = _inline_alone("digest/_card.html", context), render_text("digest/_card.txt", context)
    links = sum(slot.startswith("number") for slot in cut(text).slots)
    return Block(cut(html), cut(text), _size(html), links)


@lru_cache(maxsize=1024)
def compile_chips(kinds: tuple[tuple[str, int], ...], *, is_own: bool) -> Block:
    """Compile a row of chips of these kinds and places; the labels, and where they lead, are slots."""
    chips = tuple(Chip(kind, mark(f"label{index}"), place) for index, (kind, place) in enumerate(kinds))
    own_url = f"{mark('digest_url')}/{mark('paper_id')}" if is_own else ""
    html = _inline_alone("digest/_chips.html", {"chips": chips, "own_url": own_url})
    text = render_text("digest/_chips.txt", {"reasons": mark("reasons") if kinds else ""})
    return Block(cut(html), cut(text), _size(html))


@lru_cache(maxsize=1024)
def compile_heading(heading: str) -> Block:
    """Compile a section's heading; there are few different ones."""
    html = _inline_alone("digest/_heading.html", {"heading": heading})
    return Block(cut(html), cut(render_text("digest/_heading.txt", {"heading": heading})), _size(html))


@lru_cache(maxsize=64)
def compile_notice(name: str, sender: Sender, facts: frozenset[str]) -> Piece:
    """Compile the HTML of a notice; the values of the `facts` that are there, the link and the subject are slots."""
    context = {
        "sender": sender,
        "subject": mark("subject"),
        "action_url": mark("action_url"),
        "facts": {fact: mark(fact) for fact in facts},
    }
    return cut(inline_css(render_html(f"{name}/body.html", context)))


def describe_shared(shared: SharedContent) -> dict[str, object]:
    """Return the shared part as the HTML templates name it."""
    return {
        "sender": shared.sender,
        "title": shared.title,
        "date_line": shared.date_line,
        "byline": shared.byline,
        "intro": intro_to_html(shared.intro),
    }


def _inline_alone(name: str, context: Mapping[str, object]) -> str:
    """Render a part of the letter and inline it as it would be inside the whole."""
    part = SafeString(f"{mark('start')}{render_html(name, context)}{mark('stop')}")
    whole = inline_css(render_html("digest/_alone.html", {"part": part}))
    return whole[whole.index(mark("start")) + len(mark("start")) : whole.index(mark("stop"))]


def _size(html: str) -> int:
    """Bytes of the fragments between the slots, each encoded apart."""
    return sum(map(encoded_size, _MARK.split(html)[::2]))
