"""Strips against the whole way: the same letters, the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from digest.rendering.arrange import size_card
from digest.rendering.content import Detail, show_chips, show_preheader, without_chips
from digest.rendering.letter import Card, DigestLetter, QuotedMail
from digest.rendering.plain import render_digest_plainly
from digest.rendering.quoted import OWN_PLACE
from digest.rendering.render import render_digest, render_quoted_digest
from digest.rendering.samples import sample_digest
from digest.rendering.strip import Strip, make_bare, open_section, put_chips, quote_html
from digest.rendering.strips import OwnLinks, OwnPage, fill_strips, lay_strips, make_frame
from tests.rendering.letters import cards, letters, put_together

OWN = "https://x.org/manage/1-1.abc/", "https://x.org/leave/1.abc/", "https://x.org/f/1-2026-W32.abc"


def by_strips(letter: DigestLetter) -> QuotedMail | None:
    frame = make_frame(letter)
    site_url = letter.sender.site_url
    strips: list[Strip] = []
    for section in filter(lambda section: section.cards, letter.sections):
        bare = [make_bare(without_chips(card), detail=frame.detail, site_url=site_url) for card in section.cards]
        strips.append(open_section(section.heading))
        strips += map(put_chips, bare, [card.chips for card in section.cards])
    parts = fill_strips(frame, lay_strips(strips), own=own_links(letter), more_count=letter.more_count)
    return put_together(parts) if parts else None


def own_links(letter: DigestLetter) -> OwnLinks:
    return OwnLinks(*map(quote_html, (letter.manage_url, letter.leave_url, letter.digest_url)))


def with_own_links(letter: DigestLetter) -> DigestLetter:
    return replace(letter, manage_url=OWN[0], leave_url=OWN[1], digest_url=OWN[2])


def counted(letter: DigestLetter) -> DigestLetter:
    """The same for a reader who lets us count what they open."""
    sections = [
        replace(
            section, cards=tuple(replace(card, paper_id=n, is_counted=True) for n, card in enumerate(section.cards, 1))
        )
        for section in letter.sections
    ]
    return replace(letter, sections=tuple(sections))


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_strips_say_the_same_bytes_or_leave_the_letter_to_the_whole_way(letter: DigestLetter) -> None:
    letter = with_own_links(letter)
    assert by_strips(letter) in (None, render_quoted_digest(letter))


def test_a_usual_letter_is_filled_by_strips() -> None:
    letter = with_own_links(sample_digest())
    assert by_strips(letter) == render_quoted_digest(letter)


@pytest.mark.parametrize("layout", ["full", "compact"])
def test_strips_and_the_whole_way_agree_for_a_reader_who_lets_us_count(layout: Literal["full", "compact"]) -> None:
    letter = counted(replace(with_own_links(sample_digest()), layout=layout))
    mail = by_strips(letter)
    assert mail == render_quoted_digest(letter) != render_quoted_digest(with_own_links(sample_digest()))
    papers = sum(len(section.cards) for section in letter.sections)
    links = render_digest(letter)
    assert links == render_digest_plainly(letter)
    assert links.html.count("/open/") == links.text.count("/open/") == papers


def test_a_letter_near_the_budget_is_left_to_the_whole_way() -> None:
    letter = with_own_links(sample_digest())
    many = replace(letter, sections=letter.sections * 8)
    assert by_strips(many) is None


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (["One", "Two", "Three", "Four", "Five"], "Two · Three · Four"),
        (["One", "A " * 32 + "b", "C " * 32 + "d", "Three"], "A " * 32 + "b · " + "C " * 32 + "d"),
        (["One", "Long words " * 20, "Two"], "Long words " * 5 + "Long words… · Two"),
        (["One", "·", "B · C", "D"], "Untitled paper · B · C · D"),
        (["One"], sample_digest().title),
    ],
)
def test_a_preheader_names_the_next_papers_that_have_room(titles: list[str], said: str) -> None:
    letter = with_own_links(sample_digest())
    card = letter.sections[0].cards[0]
    cards = tuple(replace(card, title=title) for title in titles)
    letter = replace(letter, preheader="", sections=(replace(letter.sections[0], cards=cards),))
    assert show_preheader(letter) == said
    assert len(said) <= 140
    assert by_strips(letter) == render_quoted_digest(letter)


@example(beginning="https://x.org/" + "y" * 55 + "/", ending="z" * 6)
@example(beginning="https://x.org/" + "y" * 55 + "/", ending="z" * 5)
@example(beginning="https://x.org/", ending="z" * 71)
@example(beginning="https://x.org/", ending="z" * 71 + "/")
@example(beginning="https://x.org/", ending="z" * 72)
@given(
    beginning=st.from_regex(r"https://[a-z0-9.-]{1,60}/[a-z/]{0,60}/", fullmatch=True),
    ending=st.from_regex(r"[0-9][A-Za-z0-9_.-]{0,99}/?", fullmatch=True),
)
def test_an_own_page_is_quoted_as_any_other_link(beginning: str, ending: str) -> None:
    assert OwnPage(beginning).quote(ending.encode()) == quote_html(beginning + ending)


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(card=cards, detail=st.sampled_from([Detail.TITLE, Detail.FULL]))
def test_a_strip_is_reckoned_as_its_paper_is(card: Card, detail: Detail) -> None:
    bare = without_chips(card)
    strip = put_chips(make_bare(bare, detail=detail, site_url="https://x.org"), card.chips)
    is_own = bool(card.paper_id)
    told = size_card(bare, show_chips(card.chips), detail, "https://x.org", is_own=is_own)
    assert (strip.size, strip.own_links) == told
    html = b"".join(strip.html)
    assert html.count(OWN_PLACE) == strip.own_links
    assert len(html.replace(OWN_PLACE, b"")) <= strip.size
