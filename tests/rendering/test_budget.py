"""A digest fits below the size at which mail programs hide the rest, whatever the papers hold."""

from __future__ import annotations

import quopri
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.rendering.budget import LIMIT, encoded_size, fit_cards
from digest.rendering.content import Detail
from digest.rendering.letter import Card, DigestLetter, Section
from digest.rendering.render import render_digest, render_quoted_digest
from digest.rendering.samples import sample_digest
from tests.rendering.letters import cards, crowd, letters, long_texts


def quoted_printable(text: str) -> bytes:
    return quopri.encodestring(text.replace("\n", "\r\n").encode())


def crowd_of(count: int, text: str) -> DigestLetter:
    return crowd(sample_digest(), count, text)


@pytest.mark.parametrize("unit", ["word ", "大規模言語", "🧪", "=", "a < b & c ", "e\u0301\u0302\u0303", "$x_{ij}$ "])
def test_sixty_papers_with_long_abstracts_fit(unit: str) -> None:
    letter = crowd_of(60, (unit * 5000)[:5000])
    html = render_digest(letter).html
    assert len(html.encode()) <= LIMIT
    assert len(quoted_printable(html)) <= LIMIT


@pytest.mark.parametrize(
    "intro", ["🧪" * 9000, "- a\n" * 3000, ">" * 1500, "[a](https://b.example/) " * 900, "**a** " * 1500]
)
def test_an_endless_intro_leaves_room_for_papers(intro: str) -> None:
    html = render_digest(replace(sample_digest(), intro=intro)).html
    assert len(quoted_printable(html)) <= LIMIT
    assert html.count("<h3") == 5


def test_papers_without_room_are_counted_on_the_page() -> None:
    letter = replace(crowd_of(150, "word " * 900), more_count=3)
    html = render_digest(letter).html
    assert f"{150 - html.count('<h3') + 3} more papers on your page" in html


def test_a_usual_digest_keeps_its_excerpts() -> None:
    mail = render_digest(crowd_of(10, "A sentence of an abstract that goes on for a while. " * 30))
    assert mail.html.count('class="excerpt"') == 10
    assert len(mail.html) < LIMIT / 2


huge_cards = st.builds(
    replace,
    cards,
    title=long_texts,
    abstract=long_texts.map(lambda text: text * 20),
    note=long_texts,
    authors=st.lists(long_texts, max_size=9).map(tuple),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters, few=st.lists(huge_cards, min_size=1, max_size=3))
def test_no_crowd_of_huge_papers_goes_over(letter: DigestLetter, few: list[Card]) -> None:
    crowded = replace(letter, sections=(Section("All", tuple(few * 20)),))
    html, quoted = render_digest(crowded).html, render_quoted_digest(crowded).html
    assert len(html.encode()) <= LIMIT
    assert len(quoted) <= LIMIT


@given(sizes=st.lists(st.integers(10, 1000), max_size=30), room=st.integers(0, 10_000))
def test_cards_fit_and_the_first_stay_richest(sizes: list[int], room: int) -> None:
    def size(index: int, detail: Detail) -> int:
        return sizes[index] * detail

    details = fit_cards(len(sizes), room=room, size=size)
    assert sum(map(size, range(len(sizes)), details)) <= room
    assert details == sorted(details, reverse=True)
    assert not details or max(details) - min(details) <= 1


@given(text=st.text())
def test_the_measured_size_is_an_upper_bound(text: str) -> None:
    # The encoder leaves a lone carriage return to its caller; none is in our letters.
    text = text.encode("utf-8", "ignore").decode().replace("\r", "")
    assert len(quoted_printable(text)) <= encoded_size(text)
