"""Joins compiled pieces with a reader's own values. No template, no inliner, no queries: microseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import AnyStr, Generic

from digest.rendering.arrange import Arrangement, arrange, name_shown, speaks
from digest.rendering.cleaning import clean_line, safe_link, width_of
from digest.rendering.compile import (
    Piece,
    compile_card,
    compile_chips,
    compile_frame,
    compile_heading,
    compile_notice,
)
from digest.rendering.content import BETWEEN_LEADS, Detail, PersonalContent, show_lead, show_reasons, show_sender
from digest.rendering.letter import Card, Chip, DigestLetter, NoticeLetter, QuotedMail, RenderedMail
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import encode_quoted
from digest.rendering.templates import render_text

# Values that are sentences: the text part breaks them into lines.
WRAPPED = frozenset({"lead", "more", "why", "rhythm"})


@dataclass(frozen=True, slots=True)
class Woven(Generic[AnyStr]):
    """Set pieces woven into one: `texts[0]`, the value of `slots[0]`, `texts[1]`, and so on."""

    texts: tuple[AnyStr, ...]
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form(Generic[AnyStr]):
    """How pieces and values are set: as text, or as quoted-printable bytes."""

    nothing: AnyStr
    texts: Callable[[Piece], tuple[AnyStr, ...]]
    value: Callable[[str], AnyStr]

    def fill(self, piece: Piece, values: Mapping[str, AnyStr]) -> AnyStr:
        """Return the piece with values that are set already."""
        return self.fill_woven(Woven(self.texts(piece), piece.slots), values)

    def fill_woven(self, woven: Woven[AnyStr], values: Mapping[str, AnyStr]) -> AnyStr:
        """Return what was woven with its last values."""
        return self.nothing.join(set_in(woven, values))

    def weave(self, piece: Piece, values: Mapping[str, Woven[AnyStr]]) -> Woven[AnyStr]:
        """Return the piece with some of its slots filled; the others, and those of the values, stay slots."""
        return self.close(Woven(self.texts(piece), piece.slots), values)

    def close(self, woven: Woven[AnyStr], values: Mapping[str, Woven[AnyStr]]) -> Woven[AnyStr]:
        """The same for what was woven before."""
        texts: list[AnyStr] = []
        slots: list[str] = []
        open_text = woven.texts[0]
        for slot, text in zip(woven.slots, woven.texts[1:], strict=True):
            value = values.get(slot) or Woven((self.nothing, self.nothing), (slot,))
            for left, inner in zip(value.slots, value.texts, strict=False):
                texts.append(open_text + inner)
                slots.append(left)
                open_text = self.nothing
            open_text = open_text + value.texts[-1] + text
        texts.append(open_text)
        return Woven(tuple(texts), tuple(slots))


PLAIN: Form[str] = Form("", lambda piece: piece.texts, str)
QUOTED: Form[bytes] = Form(b"", lambda piece: piece.quoted, encode_quoted)


def part_at(woven: Woven[AnyStr], slot: str) -> tuple[Woven[AnyStr], Woven[AnyStr]]:
    """Return what stands before a slot, and behind it."""
    texts, slots, place = woven.texts, woven.slots, woven.slots.index(slot)
    return Woven(texts[: place + 1], slots[:place]), Woven(texts[place + 1 :], slots[place + 1 :])


def set_in(woven: Woven[AnyStr], values: Mapping[str, AnyStr]) -> list[AnyStr]:
    """Return texts and values in their order, still to be joined."""
    parts = list(woven.texts + woven.texts[1:])
    parts[::2], parts[1::2] = woven.texts, [values[slot] for slot in woven.slots]
    return parts


def fill_digest(letter: DigestLetter) -> RenderedMail:
    """Return one reader's digest as a join of ready pieces."""
    arrangement = arrange(letter)
    text, html = _fill(PLAIN, arrangement)
    return RenderedMail(arrangement.personal.subject, text, html)


def fill_quoted_digest(letter: DigestLetter) -> QuotedMail:
    """Return the same digest as a join of ready bytes."""
    arrangement = arrange(letter)
    text, html = _fill(QUOTED, arrangement)
    return QuotedMail(arrangement.personal.subject, text, html)


def fill_notice(name: str, letter: NoticeLetter) -> RenderedMail:
    """Return a notice. Its text is short and rendered as it is; its HTML is compiled."""
    sender = show_sender(letter.sender)
    facts = {fact: clean_line(value) for fact, value in letter.facts.items()}
    action_url = safe_link(letter.action_url, site_url=letter.sender.site_url)
    context = {"sender": sender, "facts": facts, "action_url": action_url}
    subject = clean_line(render_text(f"{name}/subject.txt", context))
    piece = compile_notice(name, sender, frozenset(fact for fact, value in facts.items() if value))
    html = piece.fill(
        {key: escape(value) for key, value in {**facts, "action_url": action_url, "subject": subject}.items()}
    )
    return RenderedMail(subject, render_text(f"{name}/body.txt", context), html)


def escape(value: str) -> str:
    """Escape as the inliner's serialiser does, for text and for links that `safe_link` has passed."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fill(form: Form[AnyStr], arrangement: Arrangement) -> tuple[AnyStr, AnyStr]:
    """The text and HTML parts."""
    personal = arrangement.personal
    frame = compile_frame(arrangement.shared, name_shown(personal))
    html_papers, text_papers = _fill_papers(form, arrangement, first_number=frame.links + 1)
    values = {name: getattr(personal, name) for name in PersonalContent.__slots__}
    in_html = {name: form.value(escape(value)) for name, value in values.items()}
    in_html["preheader"] = set_preheader(form, personal.preheader)
    in_text = {name: form.value(wrap(value) if name in WRAPPED else value) for name, value in values.items()}
    return (
        form.fill(frame.text, {**in_text, "papers": text_papers}),
        form.fill(frame.html, {**in_html, "papers": html_papers}),
    )


def set_preheader(form: Form[AnyStr], preheader: str) -> AnyStr:
    """Return a preheader, or a part of one, set paper by paper."""
    return form.value(BETWEEN_LEADS).join([form.value(escape(lead)) for lead in preheader.split(BETWEEN_LEADS)])


@lru_cache(maxsize=4096)
def set_lead(title: str) -> tuple[bytes, int]:
    """Return what a preheader says of a paper, as bytes, and how many columns wide that is."""
    lead = show_lead(title)
    return set_preheader(QUOTED, lead), width_of(lead)


def _fill_papers(form: Form[AnyStr], arrangement: Arrangement, *, first_number: int) -> tuple[AnyStr, AnyStr]:
    html: list[AnyStr] = []
    text: list[AnyStr] = []
    number = first_number
    own = arrangement.personal.digest_url
    own_in_html, own_in_text = form.value(escape(own)), form.value(own)
    for heading, cards in arrangement.sections:
        block = compile_heading(heading)
        html += form.texts(block.html)
        text += form.texts(block.text)
        for placed in cards:
            is_own = speaks(placed.card, arrangement.personal)
            card = set_card(form, placed.card, placed.detail, placed.shown_chips, arrangement.site_url, is_own=is_own)
            # Whatever is left open in the HTML is the reader's own digest.
            html.append(own_in_html.join(card.html.texts))
            values = {f"number{index}": form.value(str(number + index)) for index in range(card.links)}
            text.append(form.fill_woven(card.text, {**values, "digest_url": own_in_text}))
            number += card.links
    return form.nothing.join(html), form.nothing.join(text)


@dataclass(frozen=True, slots=True)
class SetCard(Generic[AnyStr]):
    """A paper with its chips: what readers with the same reasons share."""

    html: Woven[AnyStr]
    text: Woven[AnyStr]
    links: int


@lru_cache(maxsize=4096)
def set_card(
    form: Form[AnyStr], card: Card, detail: Detail, chips: tuple[Chip, ...], site_url: str, *, is_own: bool
) -> SetCard[AnyStr]:
    """Return the paper with its chips set into it."""
    block = compile_card(card, detail, site_url, is_own=is_own)
    chips_html, chips_text = set_chips(form, chips, card.paper_id if is_own else 0)
    return SetCard(
        form.weave(block.html, {"chips": chips_html}),
        form.weave(block.text, {"reasons": Woven((chips_text,))}),
        block.links,
    )


def set_chips(form: Form[AnyStr], chips: tuple[Chip, ...], paper_id: int) -> tuple[Woven[AnyStr], AnyStr]:
    """Return a row of chips as HTML, where whatever is left open is the reader's own digest; and as text."""
    row = compile_chips(tuple((chip.kind, chip.place) for chip in chips), is_own=bool(paper_id))
    values = {f"label{index}": escape(chip.label) for index, chip in enumerate(chips)} | {"paper_id": str(paper_id)}
    reasons = wrap(show_reasons(chips))
    return (
        form.weave(row.html, {name: Woven((form.value(value),)) for name, value in values.items()}),
        form.fill(row.text, {"reasons": form.value(reasons)}),
    )
