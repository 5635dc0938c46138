"""Filters for paper text: short names, safe links, readable formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.templatetags.paper_text import excerpt, host_of, https_only, short_authors


@pytest.mark.parametrize(
    "count, shown",
    [
        (0, ""),
        (1, "A0"),
        (5, "A0, A1, A2, A3, A4"),
        (6, "A0, A1, A2, A3 and 2 more"),
        (402, "A0, A1, A2, A3 and 398 more"),
    ],
)
def test_long_lists_of_authors_are_cut(count: int, shown: str) -> None:
    assert short_authors([f"A{number}" for number in range(count)]) == shown


@pytest.mark.parametrize("value", [None, 7, "Mara", {"name": "Mara"}])
def test_authors_of_a_wrong_shape_show_nothing(value: object) -> None:
    assert short_authors(value) == ""


@pytest.mark.parametrize("url", ["https://example.org", "https://example.org/a?b=c#d", "https://bücher.example/ä"])
def test_plain_https_links_are_kept(url: str) -> None:
    assert https_only(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.org",
        "javascript:alert(1)",
        "HTTPS:",
        "https://",
        "//example.org",
        "data:text/html,x",
        "https://arxiv.org@evil.example/",
        "https://evil.example\\@arxiv.org",
        "https://a.example:8443/",
        "https://a b.example",
        "https://a.example/\u202egpj",
        "https://[",
        "https://a.example:x/",
        " https://a.example",
        "java\nscript:x",
    ],
)
def test_every_other_link_is_dropped(url: str) -> None:
    assert https_only(url) == ""


@given(st.text())
def test_no_text_breaks_the_link_filters(url: str) -> None:
    assert https_only(url) in ("", url)
    assert bool(host_of(url)) is bool(https_only(url))


@given(st.text(max_size=300))
def test_an_excerpt_is_never_longer_than_asked(text: str) -> None:
    assert len(excerpt(text, 5).split()) <= 6


def test_an_excerpt_never_cuts_a_formula_in_half() -> None:
    assert excerpt(r"one two $a + b + c + d$ three four five", 6).startswith("one two a")
