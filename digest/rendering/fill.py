"""Joins compiled pieces with a reader's own values. No template, no inliner, no queries: microseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import AnyStr, Generic

from digest.rendering.arrange import Arrangement, PlacedCard, arrange, name_shown
from digest.rendering.cleaning import clean_line, safe_link
from digest.rendering.compile import (
    Piece,
    compile_card,
    compile_chips,
    compile_frame,
    compile_heading,
    compile_notice,
)
from digest.rendering.content import PersonalContent, show_reasons, show_sender
from digest.rendering.letter import Chip, DigestLetter, NoticeLetter, QuotedMail, RenderedMail
from digest.rendering.plaintext import wrap
from digest.rendering.quoted import encode_quoted
from digest.rendering.templates import render_text

# Values that are sentences: the text part breaks them into lines.
WRAPPED = frozenset({"more", "why", "rhythm"})


@dataclass(frozen=True, slots=True)
class Form(Generic[AnyStr]):
    """How pieces and values are set: as text, or as quoted-printable bytes."""

    nothing: AnyStr
    texts: Callable[[Piece], tuple[AnyStr, ...]]
    value: Callable[[str], AnyStr]

    def fill(self, piece: Piece, values: Mapping[str, AnyStr]) -> AnyStr:
        """Return the piece with values that are set already."""
        texts = self.texts(piece)
        parts = [texts[0]]
        for slot, text in zip(piece.slots, texts[1:], strict=True):
            parts += (values[slot], text)
        return self.nothing.join(parts)


PLAIN: Form[str] = Form("", lambda piece: piece.texts, str)
QUOTED: Form[bytes] = Form(b"", lambda piece: piece.quoted, encode_quoted)


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
    in_text = {name: form.value(wrap(value) if name in WRAPPED else value) for name, value in values.items()}
    return (
        form.fill(frame.text, {**in_text, "papers": text_papers}),
        form.fill(frame.html, {**in_html, "papers": html_papers}),
    )


def _fill_papers(form: Form[AnyStr], arrangement: Arrangement, *, first_number: int) -> tuple[AnyStr, AnyStr]:
    html: list[AnyStr] = []
    text: list[AnyStr] = []
    number = first_number
    for heading, cards in arrangement.sections:
        block = compile_heading(heading)
        html += form.texts(block.html)
        text += form.texts(block.text)
        for placed in cards:
            card_html, card_text, links = _fill_card(form, placed, site_url=arrangement.site_url, number=number)
            html.append(card_html)
            text.append(card_text)
            number += links
    return form.nothing.join(html), form.nothing.join(text)


def _fill_card(form: Form[AnyStr], placed: PlacedCard, *, site_url: str, number: int) -> tuple[AnyStr, AnyStr, int]:
    block = compile_card(placed.card, placed.detail, site_url)
    chips_html, chips_text = _fill_chips(form, placed.shown_chips)
    values = {f"number{index}": form.value(str(number + index)) for index in range(block.links)}
    return (
        form.fill(block.html, {"chips": chips_html}),
        form.fill(block.text, {**values, "reasons": chips_text}),
        block.links,
    )


@lru_cache(maxsize=8192)
def _fill_chips(form: Form[AnyStr], chips: tuple[Chip, ...]) -> tuple[AnyStr, AnyStr]:
    row = compile_chips(tuple(chip.kind for chip in chips))
    labels = {f"label{index}": form.value(escape(chip.label)) for index, chip in enumerate(chips)}
    return form.fill(row.html, labels), form.fill(row.text, {"reasons": form.value(wrap(show_reasons(chips)))})
