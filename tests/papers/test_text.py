"""What cleaning takes away and what it keeps."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from digest.papers.text import clean_line, clean_text, shorten


def test_control_and_direction_changing_characters_are_gone() -> None:
    assert clean_line("Safe\x00 \u202egnp.exe\u202c\u2066 title\ufeff\x1b[31m") == "Safe gnp.exe title[31m"


def test_a_line_has_single_spaces_and_composed_accents() -> None:
    assert clean_line("  Tome\u0301\n\tÁlvarez\u2028x ") == "Tomé Álvarez x"


def test_joiners_that_scripts_need_stay() -> None:
    assert clean_line("می\u200cخواهم") == "می\u200cخواهم"


def test_an_empty_line_parts_paragraphs_and_a_single_break_does_not() -> None:
    assert clean_text("one\ntwo\r\n \r\n\n three\n") == "one two\n\nthree"


def test_short_text_stays_and_long_text_ends_at_a_word() -> None:
    assert shorten("a bc", 4) == "a bc"
    assert shorten("alpha beta gamma", 12) == "alpha beta…"


@given(st.text())
def test_cleaned_text_is_clean_for_good(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in clean_text(text).replace("\n", ""))
