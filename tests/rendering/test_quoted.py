"""Ready bytes: fragments of quoted-printable that join, and digests made of them."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.rendering.budget import LIMIT, encoded_size
from digest.rendering.letter import DigestLetter
from digest.rendering.quoted import encode_quoted
from digest.rendering.render import render_digest, render_quoted_digest
from digest.rendering.samples import sample_digest
from tests.rendering.letters import crowd, letters

pieces = st.one_of(
    st.text(),
    st.sampled_from(
        ["https://example.org/" + "a/" * 28 + "b" * 70, "https://example.org/manage/1-1:abc:" + "d" * 43 + "/"],
    ),
    st.sampled_from(
        [".", "..", ".\n.", "From ", "\nFrom me", "=", "=\n", " ", "x \n", "\t", "x" * 75, "x" * 76, "é" * 40]
    ),
    st.text(alphabet=". =\nFrom é大🧪", max_size=200),
)


@given(texts=st.lists(pieces, max_size=6))
def test_fragments_joined_decode_to_the_texts_joined(texts: list[str]) -> None:
    texts = [text.replace("\r", "") for text in texts]
    joined = b"".join(map(encode_quoted, texts))
    assert quopri.decodestring(joined).replace(b"\r\n", b"\n").decode() == "".join(texts)


@example(text="x" * 14 + "\x80ࠀࠀ𐀀𐀀𐀀 \n")
@example(text="x" * 74 + "\t\n" + "x" * 75 + " \n" + "x" * 76 + " \n")
@given(text=pieces)
def test_lines_are_short_and_safe_on_any_connection(text: str) -> None:
    encoded = encode_quoted(text)
    lines = encoded.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line or len(line) > 76 or not line.isascii() for line in lines)
    assert not any(line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t")) for line in lines)


@example(text=" \n0")
@example(text="x" * 75 + "/y")
@example(text="\t\n" * 50)
@example(text="x" * 74 + " \n")
@given(text=pieces)
def test_the_measured_size_bounds_a_fragment(text: str) -> None:
    text = text.replace("\r", "")
    assert len(encode_quoted(text)) <= encoded_size(text)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_ready_bytes_decode_to_the_rendered_digest(letter: DigestLetter) -> None:
    quoted, rendered = render_quoted_digest(letter), render_digest(letter)
    assert quoted.subject == rendered.subject
    assert quopri.decodestring(quoted.text).replace(b"\r\n", b"\n").decode() == rendered.text
    assert quopri.decodestring(quoted.html).replace(b"\r\n", b"\n").decode() == rendered.html
    assert len(quoted.html) <= LIMIT


@pytest.mark.parametrize("unit", ["word ", "大規模言語", "🧪", "=", ".", ". ", "a < b & c ", "From "])
def test_the_bytes_of_sixty_long_papers_keep_the_budget(unit: str) -> None:
    letter = crowd(sample_digest(), 60, (unit * 5000)[:5000])
    assert len(render_quoted_digest(letter).html) <= LIMIT
