"""The text part: narrow lines, nothing lost, the papers and links of the HTML part."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.rendering.cleaning import width_of
from digest.rendering.letter import DigestLetter
from digest.rendering.plaintext import COLUMNS, wrap
from digest.rendering.render import render_digest, render_notice
from digest.rendering.samples import NOTICES, sample_digest, sample_notice
from tests.rendering.letters import letters


def too_wide(text: str) -> list[str]:
    return [line for line in text.split("\n") if width_of(line) > COLUMNS and not re.fullmatch(r"[ |]*\S*://\S*", line)]


@given(text=st.text(), indent=st.sampled_from(["", "  | "]))
def test_wrapping_keeps_every_character_and_the_width(text: str, indent: str) -> None:
    wrapped = wrap(text, indent=indent)
    assert all(line.startswith(indent.rstrip()) for line in wrapped.split("\n"))
    bare = "".join(line[len(indent) :] for line in wrapped.split("\n"))
    assert "".join(bare.split()) == "".join(text.split())
    assert not too_wide(wrapped)


def test_scripts_without_spaces_break_and_keep_their_stops() -> None:
    lines = wrap("長い文脈を扱う能力は、英語の評価では急速に向上しているが、日本語での検証は限られている。" * 4).split(
        "\n"
    )
    assert all(70 <= width_of(line) <= COLUMNS for line in lines[:-1])
    assert not any(line[0] in "、。" for line in lines)


def test_a_long_url_stays_whole_on_a_line_of_its_own() -> None:
    url = "https://example.org/" + "long/" * 30
    assert wrap(f"See {url} for more.").split("\n") == ["See", url, "for more."]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_no_line_of_any_digest_is_too_wide(letter: DigestLetter) -> None:
    assert not too_wide(render_digest(letter).text)


def test_both_parts_have_the_same_papers_and_links_in_order() -> None:
    mail = render_digest(sample_digest())
    titles = [html.unescape(title) for title in re.findall(r"<h3[^>]*><a[^>]*>(.*?)</a>", mail.html)]
    places = [" ".join(mail.text.split()).index(title) for title in titles if title.isascii()]
    assert places == sorted(places)
    assert len(titles) == 5
    in_text, in_html = re.findall(r"https://[^\s\"<]+", mail.text), re.findall(r'href="(https://[^"]+?)"', mail.html)
    # A link to each button of the HTML part would fill the text: there it is one link a paper.
    in_html = [re.sub(r"(/f/[^/]+/\d+/).+", r"\1", link).removesuffix("#stop") for link in in_html]
    assert set(in_text) == set(in_html) - {"https://papers.example.org"}


def number_titles(letter: DigestLetter) -> DigestLetter:
    """The letter with titles that tell each paper's place."""
    places = itertools.count(1)
    sections = (
        replace(
            section, cards=tuple(replace(card, title=f"Paper{next(places)}: {card.title}") for card in section.cards)
        )
        for section in letter.sections
    )
    return replace(letter, sections=tuple(sections))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_any_digest_names_the_same_papers_in_the_same_order_and_numbers_its_links(letter: DigestLetter) -> None:
    mail = render_digest(number_titles(letter))
    titles = re.findall(r"Paper(\d+):", " ".join(re.findall(r"<h3.*?</h3>", mail.html)))
    assert titles == re.findall(r"Paper(\d+):", mail.text)
    assert titles == [str(place + 1) for place in range(len(titles))]
    numbers = [int(number) for number in re.findall(r"^\[(\d+)\] ", mail.text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_notices_are_narrow_and_hold_their_link() -> None:
    for name in NOTICES:
        mail = render_notice(name, sample_notice())
        assert not too_wide(mail.text)
        assert sample_notice().action_url in mail.text
        assert f'href="{sample_notice().action_url}"' in mail.html


@example(text="\u0380")
@given(text=st.text(alphabet=st.characters(max_codepoint=0x2070, exclude_categories=["Cc", "Cs"])))
def test_the_quick_measure_agrees_with_the_careful_one(text: str) -> None:
    assert width_of(text) == sum(width_of(character + "中") - 2 for character in text)
