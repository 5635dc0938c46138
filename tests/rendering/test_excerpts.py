"""Excerpts: no choice of abstracts makes a letter look like word salad, and a reader still learns what a paper does."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.rendering.cleaning import clean_line, shorten, width_of
from digest.rendering.content import Detail, show_card
from digest.rendering.excerpts import LEAST_COLUMNS, before_row
from digest.rendering.letter import Card

# As SpamAssassin has them; the message is bytes to it.
LONGWORDS = [rb"\b(?:[a-z]{8,}[\s\.]+){6}", rb"\b(?:[a-z]{6,}[\s\.]+){9}", rb"\b(?:[a-z]{5,}[\s\.]+){10}"]
ROW = "learning generalizable dexterous manipulation policies requires expensive demonstrations"
START = "We show that a model of the world, taught by watching people at work for a year, is good at this:"
SHORT = ["a", "of", "Deep", "models", "robots.", "self-supervised", "größer", "大"]
LONG = ["learning", "transformer", "evaluating.", "policies"]
WORDS = st.one_of(st.sampled_from(SHORT), *[st.sampled_from(LONG)] * 3)
LINES = st.lists(WORDS, max_size=90).map(" ".join)


def points(*texts: str) -> int:
    """How many of the measures find something in a mail with these texts; two cost points."""
    found = [{place for place, row in enumerate(LONGWORDS) if re.search(row, text.encode())} for text in texts]
    return len(set().union(*found))


@settings(deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=6), columns=st.sampled_from([20, 180, 400]))
@example(lines=["learning " * 12], columns=400)
@example(lines=[ROW, "models " * 12], columns=400)
@example(lines=[f"{START} {ROW}. And so on, at length."], columns=400)
def test_no_abstracts_together_look_like_word_salad(lines: list[str], columns: int) -> None:
    assert points(*(before_row(line, columns=columns) for line in lines)) <= 1


@settings(deadline=None)
@given(line=LINES, columns=st.sampled_from([20, 180, 400]))
def test_an_excerpt_fits_and_is_a_passage_of_the_text(line: str, columns: int) -> None:
    shown = before_row(line, columns=columns)
    assert width_of(shown) <= columns
    assert shown.removeprefix("… ").removesuffix("…").rstrip("\u00a0") in line


@settings(deadline=None)
@given(line=st.text(alphabet="abc DE.-é大\u0301", max_size=300), columns=st.integers(2, 200))
def test_text_without_long_rows_is_cut_for_its_length_alone(line: str, columns: int) -> None:
    line = clean_line(line)
    if not points(line):
        assert before_row(line, columns=columns) == shorten(line, columns=columns)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"{START} {ROW}. More.", f"{START} learning generalizable dexterous manipulation…"),
        (f"{ROW}. {START} it works.", f"… {START} it works."),
        (f"{ROW}. Short.", "learning generalizable dexterous manipulation…"),
        (ROW.replace("policies", "policies,"), ROW.replace("policies", "policies,")),
    ],
    ids=["before the row", "after its sentence", "too little follows", "a comma ends a row"],
)
def test_a_row_is_left_out_and_as_much_as_can_be_is_told(line: str, shown: str) -> None:
    assert before_row(line, columns=400) == shown


def test_each_level_of_detail_is_free_of_rows_and_a_curators_note_is_theirs() -> None:
    abstract = f"{ROW}. {START} it works."
    card = Card("A title", "", (), abstract, ROW, (), votes=0, paper_url="", code_url="", project_url="")
    for detail in (Detail.SHORT, Detail.FULL):
        shown = show_card(card, detail=detail, site_url="", numbers=iter("123456789"))
        assert points(shown.excerpt) == 0
        assert width_of(shown.excerpt) >= LEAST_COLUMNS
        assert shown.note == ROW
