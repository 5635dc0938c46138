"""Keywords as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.keywords import Keyword, join_keywords, parse_keywords


def test_commas_semicolons_and_lines_separate_and_a_minus_mutes() -> None:
    found = parse_keywords("diffusion, robot  learning;-survey\r\n - LiDAR ,,")
    assert found == (
        Keyword("diffusion"),
        Keyword("robot learning"),
        Keyword("survey", muted=True),
        Keyword("LiDAR", muted=True),
    )


def test_not_mutes_like_a_minus() -> None:
    assert parse_keywords("not survey; NOT  lidar; nothing; not") == (
        Keyword("survey", muted=True),
        Keyword("lidar", muted=True),
        Keyword("nothing"),
        Keyword("not"),
    )


def test_a_word_counts_once_whatever_its_case() -> None:
    assert parse_keywords("GAN; gan; -Gan") == (Keyword("GAN"),)


def test_too_long_and_too_many_are_told_in_words() -> None:
    with pytest.raises(ValueError, match="at most 60 characters"):
        parse_keywords("x" * 61)
    with pytest.raises(ValueError, match="at most 20 keywords; these are 21"):
        parse_keywords(",".join(f"word{number}" for number in range(21)))


@given(st.text(max_size=300))
def test_what_is_stored_reads_back_the_same(text: str) -> None:
    try:
        found = parse_keywords(text)
    except ValueError:
        return
    assert parse_keywords(join_keywords(found)) == found
    assert all(word.text == word.text.strip() != "" for word in found)
