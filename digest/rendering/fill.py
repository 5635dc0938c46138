"""Joins compiled pieces with a reader's own values. No template, no inliner, no queries: microseconds."""

from __future__ import annotations

from functools import lru_cache

from digest.rendering.arrange import Arrangement, PlacedCard, arrange, name_shown
from digest.rendering.cleaning import clean_line, safe_link
from digest.rendering.compile import compile_card, compile_chips, compile_frame, compile_heading, compile_notice
from digest.rendering.content import PersonalContent, show_reasons, show_sender
from digest.rendering.letter import Chip, DigestLetter, NoticeLetter, RenderedMail
from digest.rendering.plaintext import wrap
from digest.rendering.templates import render_text


def fill_digest(letter: DigestLetter) -> RenderedMail:
    """Return one reader's digest as a join of ready pieces."""
    arrangement = arrange(letter)
    personal = arrangement.personal
    frame = compile_frame(arrangement.shared, name_shown(personal))
    html_papers, text_papers = _fill_papers(arrangement, first_number=frame.links + 1)
    values = {name: getattr(personal, name) for name in PersonalContent.__slots__}
    html = frame.html.fill({**{name: escape(value) for name, value in values.items()}, "papers": html_papers})
    wrapped = {name: wrap(values[name]) for name in ("more", "why", "rhythm")}
    return RenderedMail(personal.subject, frame.text.fill({**values, **wrapped, "papers": text_papers}), html)


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


def _fill_papers(arrangement: Arrangement, *, first_number: int) -> tuple[str, str]:
    html: list[str] = []
    text: list[str] = []
    number = first_number
    for heading, cards in arrangement.sections:
        block = compile_heading(heading)
        html += block.html.texts
        text += block.text.texts
        for placed in cards:
            card_html, card_text, links = _fill_card(placed, site_url=arrangement.site_url, number=number)
            html.append(card_html)
            text.append(card_text)
            number += links
    return "".join(html), "".join(text)


def _fill_card(placed: PlacedCard, *, site_url: str, number: int) -> tuple[str, str, int]:
    block = compile_card(placed.card, placed.detail, site_url)
    chips_html, chips_text = _fill_chips(placed.shown_chips)
    values = {f"number{index}": str(number + index) for index in range(block.links)}
    return (
        block.html.fill({"chips": chips_html}),
        block.text.fill({**values, "reasons": chips_text}),
        block.links,
    )


@lru_cache(maxsize=8192)
def _fill_chips(chips: tuple[Chip, ...]) -> tuple[str, str]:
    row = compile_chips(tuple(chip.kind for chip in chips))
    labels = {f"label{index}": escape(chip.label) for index, chip in enumerate(chips)}
    return row.html.fill(labels), row.text.fill({"reasons": wrap(show_reasons(chips))})
