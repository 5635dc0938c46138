"""Paper text is hostile: what it may not do in a mail."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings

from digest.rendering.cleaning import safe_link
from digest.rendering.content import short_authors
from digest.rendering.letter import DigestLetter
from digest.rendering.render import render_digest
from digest.rendering.samples import sample_digest
from tests.rendering.letters import letters

HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LAYOUT = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "h2", "h3"}
ELEMENTS = LAYOUT | {"a", "p", "span", "strong", "em", "code", "ul", "ol", "li", "blockquote", "br"}


class Elements(HTMLParser):
    """Collects each element's name and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_no_letter_brings_in_elements_links_or_control_characters(letter: DigestLetter) -> None:
    mail = render_digest(letter)
    assert not HOSTILE.search(mail.subject + mail.text.replace("\n", "") + mail.html.replace("\n", ""))
    own = letter.sender.site_url or "https://"
    for tag, attributes in Elements(mail.html).found:
        assert tag in ELEMENTS
        href = attributes.get("href") or ""
        assert not href or href.startswith(("https://", own))
        assert not any(name.startswith("on") for name in attributes)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_a_subject_is_one_line_and_never_empty_for_a_paper(letter: DigestLetter) -> None:
    subject = render_digest(letter).subject
    assert subject == " ".join(subject.split())
    assert len(subject) <= 150
    assert subject or not any(section.cards for section in letter.sections)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.example/?a=1&b=é", "https://x.example/?a=1&b=%C3%A9"),
        ("http://127.0.0.1:8000/papers/1/", "http://127.0.0.1:8000/papers/1/"),
        ("http://127.0.0.1:8000.evil.example/", ""),
        ("http://x.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("https://x.example/\u202e", ""),
        (" https://x.example/", ""),
    ],
)
def test_only_https_and_the_sites_own_links_are_kept(url: str, kept: str) -> None:
    assert safe_link(url, site_url="http://127.0.0.1:8000") == kept


def test_raw_html_and_images_in_an_intro_are_text() -> None:
    intro = '<b onclick="x()">hi</b> ![pixel](https://t.example/p.gif) [go](javascript:x) [ok](https://ok.example/)'
    html = render_digest(replace(sample_digest(), intro=intro)).html
    assert "&lt;b onclick" in html
    assert "<img" not in html
    assert 'href="https://ok.example/"' in html


def test_headings_are_in_order_and_layout_tables_say_so() -> None:
    elements = Elements(render_digest(sample_digest()).html).found
    headings = [tag for tag, _ in elements if tag in {"h1", "h2", "h3"}]
    assert headings == ["h1", "h2", "h3", "h3", "h2", "h3", "h3", "h3"]
    assert all(attributes.get("role") == "presentation" for tag, attributes in elements if tag == "table")


def test_each_title_tells_its_language_and_direction() -> None:
    elements = Elements(render_digest(sample_digest()).html).found
    titles = [(attributes.get("lang"), attributes.get("dir")) for tag, attributes in elements if tag == "h3"]
    assert titles == [(None, None), (None, None), ("ar", "rtl"), ("ja", None), (None, None)]
    assert any(a.get("role") == "article" and (a["lang"], a["dir"]) == ("en", "ltr") for t, a in elements if t == "div")


def test_many_authors_are_counted() -> None:
    assert short_authors(("A", "B", "C", "D")) == "A, B, C and D"
    assert short_authors(("A", "B", "C", "D", "E", "F", "G", "H")) == "A, B, C and 5 others"
    assert short_authors(("A",)) == "A"
    assert short_authors(()) == ""
