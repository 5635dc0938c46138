"""Names of papers in the forms people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.identifiers import TITLE_KEY_LENGTH, family_name, fold_title, parse_arxiv_id, parse_doi


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("2503.01234", "2503.01234", None),
        (" arXiv:2503.01234v2 ", "2503.01234", 2),
        ("0704.0001", "0704.0001", None),
        ("http://export.arxiv.org/abs/2503.01234v11", "2503.01234", 11),
        ("https://arxiv.org/pdf/2503.01234v1.pdf?download=1#page=2", "2503.01234", 1),
        ("https://huggingface.co/papers/2503.01234", "2503.01234", None),
        ("https://doi.org/10.48550/arXiv.2503.01234", "2503.01234", None),
        ("10.48550/ARXIV.HEP-TH/9901001", "hep-th/9901001", None),
        ("oai:arXiv.org:2503.01234v3", "2503.01234", 3),
        ("math.GT/0309136v1", "math/0309136", 1),
    ],
)
def test_every_spelling_of_an_arxiv_id_is_read(text: str, base: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == (base, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2503.1",
        "2513.01234",
        "2503.012345",
        "1412.56789",
        "2503.01234v0",
        "abc",
        "٢٥٠٣.01234",
        "https://arxiv.org/",
    ],
)
def test_what_is_no_arxiv_id_is_refused(text: str) -> None:
    assert parse_arxiv_id(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "10.5555/Sample.1",
        "doi:10.5555/sample.1",
        "DOI 10.5555/sample.1",
        "https://dx.doi.org/10.5555/SAMPLE.1",
        "10.5555/sample.1.",
    ],
)
def test_every_spelling_of_a_doi_is_one(text: str) -> None:
    assert parse_doi(text) == "10.5555/sample.1"


def test_what_is_no_doi_is_refused() -> None:
    assert [parse_doi(text) for text in ("", "10.5/x", "11.5555/x", "10.5555/", "10.5555/" + "x" * 200)] == [None] * 5


def test_titles_fold_alike_whatever_their_case_accents_and_marks() -> None:
    assert (
        fold_title("Café–Bench: “Fine”   Control!")
        == fold_title("CAFE bench, fine control")
        == "cafe bench fine control"
    )


def test_long_titles_that_differ_at_the_end_keep_apart() -> None:
    one, other = fold_title("word " * 80 + "one"), fold_title("word " * 80 + "other")
    assert one != other
    assert len(one) == TITLE_KEY_LENGTH


@pytest.mark.parametrize("author", ["Mara Quill", "Quill, Mara", "M. van QUILL", "Mara Quill Jr.", "van Quill, Mara"])
def test_the_family_name_is_found_in_either_order(author: str) -> None:
    assert family_name(author) == "quill"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    arxiv = parse_arxiv_id(text)
    assert arxiv is None or parse_arxiv_id(arxiv.base) == (arxiv.base, None)
    doi = parse_doi(text)
    assert doi is None or parse_doi(doi) == doi
    assert len(fold_title(text)) <= TITLE_KEY_LENGTH
