"""What indexes and preprint servers answer, field for field: Semantic Scholar, Crossref, bioRxiv, Hugging Face."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from digest.papers.sources.base import Outline, Record, Rejection, SourceError
from tests.papers.sources.reading import TITLE, read_bytes, read_payload, records_of, told


def test_semantic_scholar_field_for_field() -> None:
    outline, first, year, untitled, no_object = read_payload("scholar", "scholar.json")
    assert outline == Outline(token="100")
    assert isinstance(first, Record)
    assert isinstance(year, Record)
    assert told(first) == {
        "title": TITLE,
        "authors": ("Orla Vane", "Jiří Šťastný"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "other_ids": ("s2:00000000000000000000000000000000000b0002", "pmid:70001"),
        "categories": ("Geology", "Computer Science"),
        "summary": "Silt keeps floods.",
        "venue": "River Letters",
        "licence": "CCBY",
        "url": "https://papers.example.org/b0002",
        "citations": 5,
        "published_on": date(2026, 7, 30),
    }
    assert year.published_on == date(2024, 1, 1)
    assert isinstance(untitled, Rejection)
    assert isinstance(no_object, Rejection)


@pytest.mark.parametrize(
    "found", [[{"paperId": "a", "title": "T"}], {"recommendedPapers": [{"title": "T"}]}, {"paperId": "a", "title": "T"}]
)
def test_recommendations_batches_and_single_papers_are_read_too(found: object) -> None:
    assert [record.title for record in records_of(read_bytes("scholar", json.dumps(found).encode()))] == ["T"]


def test_crossref_field_for_field() -> None:
    outline, first, gone = read_payload("crossref", "crossref.json")
    assert outline == Outline(total=2, token="abc==")
    assert isinstance(first, Record)
    assert isinstance(gone, Record)
    assert told(first) == {
        "title": TITLE,
        "abstract": "Abstract\n\nLayers of silt keep 10 < n floods.\n\nWe read them.",
        "authors": ("Orla Vane Jr", "The Delta Group"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "categories": ("Geology",),
        "venue": "River Letters",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "url": "https://dx.doi.org/10.5555/river.7",
        "citations": 4,
        "published_on": date(2026, 8, 1),
        "updated_on": date(2026, 8, 3),
        "listed_on": date(2026, 8, 2),
    }
    assert gone.withdrawn_at == datetime(2026, 8, 1, tzinfo=UTC)
    assert (gone.other_ids, gone.published_on) == (("doi:10.5555/pre.8",), date(2025, 3, 9))


def test_biorxiv_field_for_field() -> None:
    outline, first, second = read_payload("biorxiv", "biorxiv.json")
    assert outline == Outline(total=230)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert told(first) == {
        "title": "Silt Microbes Keep Time",
        "abstract": "Two clocks in one mat.",
        "authors": ("O. Vane", "J. K. Šťastný"),
        "doi": "10.5555/2026.07.30.700001",
        "version": 1,
        "categories": ("microbiology",),
        "organisation": "Delta Institute",
        "licence": "cc_by",
        "url": "https://www.biorxiv.org/content/10.5555/2026.07.30.700001v1",
        "published_on": date(2026, 7, 9),
        "listed_on": date(2026, 7, 9),
    }
    assert second.authors == first.authors
    assert (second.version, second.is_revision, second.updated_on) == (2, True, date(2026, 8, 3))
    assert (second.other_ids, second.withdrawn_at) == (("doi:10.5555/river.9",), datetime(2026, 8, 3, tzinfo=UTC))


@pytest.mark.parametrize("number", ["²", "-1", "9" * 5_000, "many", True, 1.5])
def test_a_count_that_is_none_counts_for_nothing(number: object) -> None:
    answers = {
        "scholar": {"total": number, "next": number, "data": []},
        "crossref": {"message": {"total-results": number, "items": []}},
        "biorxiv": {"messages": [{"total": number}], "collection": [{"title": "T", "version": ""}]},
    }
    for kind, answer in answers.items():
        outline = read_bytes(kind, json.dumps(answer).encode())[0]
        assert isinstance(outline, Outline)
        assert outline.total is None


@pytest.mark.parametrize("kind", ["scholar", "crossref", "biorxiv"])
@pytest.mark.parametrize("data", [b'{"error": "no"}', b'{"message": "Resource not found."}', b"[", b"7", b"null"])
def test_json_of_another_shape_is_refused_in_a_sentence(kind: str, data: bytes) -> None:
    with pytest.raises(SourceError):
        read_bytes(kind, data)


def test_a_papers_models_organisation_and_withdrawal_are_read() -> None:
    paper = {
        "id": "2607.12345",
        "title": TITLE,
        "withdrawnAt": "2026-08-02T10:00:00.000Z",
        "organization": {"name": "delta", "fullname": "Delta Institute"},
        "linkedModels": [{"id": "delta/silt"}],
        "linkedDatasets": [{"id": "delta/floods"}, {"name": "no id"}],
        "linkedSpaces": [{"id": "delta/river-map"}],
    }
    (record,) = records_of(read_bytes("huggingface", json.dumps(paper).encode()))
    assert (record.organisation, record.withdrawn_at) == ("Delta Institute", datetime(2026, 8, 2, 10, tzinfo=UTC))
    assert [(artifact["kind"], artifact["url"]) for artifact in record.artifacts] == [
        ("model", "https://huggingface.co/delta/silt"),
        ("dataset", "https://huggingface.co/datasets/delta/floods"),
        ("demo", "https://huggingface.co/spaces/delta/river-map"),
    ]
