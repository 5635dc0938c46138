"""The plain way to a digest: the whole message through Django's templates and premailer, nothing kept.

Slow and obviously right. Nothing sends with it; the tests hold the compiled way against it.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

from digest.rendering.arrange import PlacedCard, arrange
from digest.rendering.compile import describe_shared
from digest.rendering.content import CardContent, PersonalContent, show_card
from digest.rendering.inline import inline_css
from digest.rendering.letter import DigestLetter, RenderedMail
from digest.rendering.markdown import intro_to_text
from digest.rendering.templates import render_html, render_text


def render_digest_plainly(letter: DigestLetter) -> RenderedMail:
    """Return the digest that `render_digest` must return too."""
    arrangement = arrange(letter)
    intro = intro_to_text(arrangement.shared.intro)
    numbers = (str(number) for number in itertools.count(intro.links + 1))

    def show(placed: PlacedCard) -> CardContent:
        card = replace(placed.card, chips=placed.chips)
        return show_card(
            card,
            detail=placed.detail,
            site_url=arrangement.site_url,
            numbers=numbers,
            digest_url=arrangement.personal.digest_url,
        )

    context = {
        **describe_shared(arrangement.shared),
        **{name: getattr(arrangement.personal, name) for name in PersonalContent.__slots__},
        "sections": [
            {"heading": heading, "cards": [show(placed) for placed in cards]} for heading, cards in arrangement.sections
        ],
    }
    return RenderedMail(
        subject=arrangement.personal.subject,
        text=render_text(f"{letter.kind}/body.txt", {**context, "intro": intro.text}),
        html=inline_css(render_html(f"{letter.kind}/body.html", context)),
    )
