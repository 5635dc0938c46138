"""The compiled way against the plain way: the same bytes for every letter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from digest.rendering.compile import compile_card, compile_frame
from digest.rendering.letter import Chip, DigestLetter
from digest.rendering.plain import render_digest_plainly
from digest.rendering.render import render_digest
from digest.rendering.samples import sample_digest
from tests.rendering.letters import letters


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_the_compiled_way_gives_what_the_plain_way_gives(letter: DigestLetter) -> None:
    compiled, plain = render_digest(letter), render_digest_plainly(letter)
    assert compiled.subject == plain.subject
    assert compiled.html == plain.html
    assert compiled.text == plain.text


def test_readers_of_an_edition_share_a_frame_and_its_cards() -> None:
    letter = sample_digest()
    render_digest(letter)
    before = compile_frame.cache_info().misses, compile_card.cache_info().misses
    other = replace(letter, manage_url="https://papers.example.org/manage/other/", why="Another reason.")
    assert "manage/other/" in render_digest(other).html
    assert (compile_frame.cache_info().misses, compile_card.cache_info().misses) == before


def test_chips_are_each_readers_own_on_a_shared_card() -> None:
    letter = sample_digest()
    section = letter.sections[0]
    card = replace(section.cards[0], chips=(Chip("keyword", "You follow <caches>"),))
    other = replace(letter, sections=(replace(section, cards=(card,)),))
    assert "You follow &lt;caches&gt;" in render_digest(other).html
    assert "You follow &lt;caches&gt;" not in render_digest(letter).html
