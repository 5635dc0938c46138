"""Shortening: at the end of a sentence where there is one, and the ellipsis never on a line of its own."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.rendering.cleaning import clean_line, shorten, width_of

CUTS = [
    ("We study many things in words. It fails at last", 45, "We study many things in words.\u00a0…"),
    (
        "We study words and things. It fails (e.g. losing balance) often",
        56,
        "We study words and things. It fails (e.g. losing…",
    ),
    (
        "We study what was said by J. Smith et al. in the long paper",
        46,
        "We study what was said by J. Smith et al. in…",
    ),
    ("Is it so? It is not, and what follows tells why", 14, "Is it so?\u00a0…"),
    ("長い文脈を扱う能力は向上している。検証は限られている。", 40, "長い文脈を扱う能力は向上している。…"),
    ("Short enough.", 13, "Short enough."),
]


@pytest.mark.parametrize(("text", "columns", "cut"), CUTS)
def test_a_text_is_cut_where_a_sentence_or_a_word_ends(text: str, columns: int, cut: str) -> None:
    assert shorten(text, columns=columns) == cut


@given(text=st.text(alphabet="ab. ?大。é🧪\u0301", max_size=80), columns=st.integers(2, 60))
def test_what_is_cut_fits_and_is_a_beginning(text: str, columns: int) -> None:
    shown = shorten(text, columns=columns)
    assert width_of(shown) <= columns
    assert text.startswith(shown.removesuffix("…").rstrip("\u00a0"))


@example(text="A sentence that ends. And another one that does not fit", limit=30)
@example(text="?? \u0301", limit=3)
@given(text=st.text(alphabet="ab. ?…\u00a0大。é\u0301\n", max_size=80), limit=st.integers(2, 60))
def test_what_is_clean_stays_as_it_is(text: str, limit: int) -> None:
    once = clean_line(text, limit=limit)
    assert clean_line(once, limit=limit) == once
    assert len(once) <= limit
