"""What reference managers write, field for field: BibTeX, RIS, Zotero."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.sources.base import Record, Rejection, SourceError
from digest.papers.sources.tex import decode_accents, decode_tex
from tests.papers.sources.reading import TITLE, read_bytes, read_payload, records_of, told


def test_bibtex_field_for_field() -> None:
    first = read_payload("bibtex", "refs.bib")[0]
    assert isinstance(first, Record)
    assert first.line == 3
    assert told(first) == {
        "title": TITLE + " of $x_{1}$",
        "abstract": "Layers of silt keep 90% of floods.",
        "authors": ("Orla Vane", "Jiří Šťastný", "The Delta Group"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river_7",
        "categories": ("physics.geo-ph",),
        "keywords": ("rivers", "silt"),
        "venue": "River Letters B",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 1),
    }


def test_a_bad_bibtex_entry_is_named_with_its_line_and_the_rest_goes_on() -> None:
    _, broken, after, untitled = read_payload("bibtex", "refs.bib")
    assert isinstance(broken, Rejection)
    assert (broken.line, broken.reason) == (17, "Cannot be read; look for a brace or quote not closed.")
    assert isinstance(after, Record)
    assert (after.title, after.authors, after.venue, after.published_on) == (
        "After the Broken One", ("Ana de la Cruz",), "Proceedings", date(2025, 3, 7),
    )  # fmt: skip
    assert isinstance(untitled, Rejection)


def test_ris_field_for_field_with_continued_lines_and_two_encodings() -> None:
    first, latin, untitled = read_payload("ris", "refs.ris")
    assert isinstance(first, Record)
    assert isinstance(latin, Record)
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods. ER lines that begin with the letters ER do not end anything.",
        "authors": ("Orla Vane", "Jiří Šťastný Jr"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "keywords": ("rivers", "silt"),
        "venue": "River Letters",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 30),
    }
    assert told(latin) == {
        "title": "Latin One Étude",
        "abstract": "Short.",
        "authors": ("Ida Renn",),
        "venue": "Silt",
        "published_on": date(2024, 5, 1),
    }
    assert isinstance(untitled, Rejection)


def test_a_zotero_export_field_for_field() -> None:
    first, typed, untitled = read_payload("zotero", "zotero.json")
    assert isinstance(first, Record)
    assert isinstance(typed, Record)
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods.",
        "authors": ("Orla Vane", "The Delta Group"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "keywords": ("rivers", "silt"),
        "venue": "River Letters",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 30),
    }
    assert (typed.arxiv_id, typed.published_on) == ("2503.00012", None)
    assert isinstance(untitled, Rejection)


@pytest.mark.parametrize("name", ["zotero_csl.json", "zotero.csv", "zotero_flat.json"])
def test_every_form_that_zotero_exports_tells_the_same(name: str) -> None:
    (record,) = records_of(read_payload("zotero", name))
    assert told(record) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods.",
        "authors": ("Orla Vane", "Jan van Beek", "The Delta Group"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "keywords": ("rivers", "silt"),
        "venue": "River Letters",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 30),
    }


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<rdf:RDF></rdf:RDF>", "export the items as CSL JSON, CSV, BibTeX or RIS"),
        (b"title,authors\nT,A\n", "columns Title and Item Type"),
        (b'[{"title": "T"}]', "items with a type"),
        (b'"Item Type","Title"\n"a","' + b"x" * 200_000, "is not a table row"),
    ],
)
def test_what_is_no_export_of_zoteros_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        read_bytes("zotero", data)


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"Tom\'e \'Alvarez", "Tomé Álvarez"),
        (r"G{\"o}del and \v{S}\v t", "Gödel and Šť"),
        (r"\'{\i} and \o{} and Stra{\ss}e", "í and ø and Straße"),
        (r"$\alpha\'$ stays", r"$\alpha\'$ stays"),
        (r"\cite{x} and 100% stay", r"\cite{x} and 100% stay"),
    ],
)
def test_accents_are_decoded_and_the_rest_stays(tex: str, plain: str) -> None:
    assert decode_accents(tex) == plain


@given(st.text(alphabet="\\{}$%'\"~^ abcv\u00e9"))
def test_no_tex_is_too_broken(text: str) -> None:
    assert isinstance(decode_accents(text), str)
    assert isinstance(decode_tex(text), str)


def test_many_references_in_one_file() -> None:
    data = b"".join(b"TY  - JOUR\nTI  - Number %d\nER  - \n" % number for number in range(500))
    assert len(records_of(read_bytes("ris", data))) == 500


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("csv", "title,PubMed ID\nT,70001\n"),
        ("json", '[{"title": "T", "pmid": 70001}]'),
        ("bibtex", "@misc{a, title = {T}, pmid = {70001}}"),
        ("zotero", '[{"itemType": "book", "title": "T", "extra": "PMID: 70001"}]'),
        ("zotero", '[{"type": "article", "title": "T", "PMID": "70001"}]'),
        ("scholar", '[{"title": "T", "externalIds": {"PubMed": "70001"}}]'),
    ],
)
def test_the_name_in_pubmed_is_one_name_whoever_tells_it(kind: str, text: str) -> None:
    (record,) = records_of(read_bytes(kind, text.encode()))
    assert record.other_ids == ("pmid:70001",)


def test_what_is_no_name_in_pubmed_is_passed_over() -> None:
    (record,) = records_of(read_bytes("csv", b"title,pmid\nT,PMC12\n"))
    assert record.other_ids == ()
