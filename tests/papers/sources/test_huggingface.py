"""Daily lists: two levels, floating counts, hidden authors, bare papers."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest

from digest.papers.sources.base import Item, Record, Rejection, SourceError
from digest.papers.sources.huggingface import read_daily_list

PAYLOAD = Path(__file__).parents[2] / "payloads" / "daily.json"


def read(found: object) -> list[Item]:
    return list(read_daily_list(io.BytesIO(json.dumps(found).encode())))


def test_both_levels_of_an_item_are_read() -> None:
    record = next(read_daily_list(io.BytesIO(PAYLOAD.read_bytes())))
    assert isinstance(record, Record)
    assert record.authors == ("Mara Quill", "Tomé Álvarez")
    assert (record.votes, record.comments, record.stars) == (41, 3, 88)
    assert (record.published_on, record.listed_on) == (date(2025, 3, 7), date(2025, 3, 11))
    assert (record.organisation, record.submitter) == ("Harbour Lab", "irenn")
    assert (record.summary, record.keywords) == ("Plans, then corrects.", ("grasping",))
    assert record.project_url == "https://twospeed.example.org"
    assert record.discussion_url == "https://huggingface.co/papers/2503.90001"


def test_bad_items_are_rejected_by_number_and_the_rest_goes_on() -> None:
    items = list(read_daily_list(io.BytesIO(PAYLOAD.read_bytes())))
    assert [type(item) for item in items] == [Record, Record, Rejection, Rejection]
    assert [(item.line, item.reason) for item in items if isinstance(item, Rejection)] == [
        (3, "“not-an-id” is not an arXiv id like 2503.01234 or hep-th/9901001."),
        (4, "Is not an object with a paper."),
    ]


def test_the_day_in_a_bare_paper_is_its_own_and_not_the_listings() -> None:
    bare = list(read_daily_list(io.BytesIO(PAYLOAD.read_bytes())))[1]
    assert isinstance(bare, Record)
    assert (bare.published_on, bare.listed_on) == (date(2025, 3, 8), None)


def test_without_a_submission_day_the_outer_moment_is_the_listings() -> None:
    (record,) = read([{"paper": {"id": "2503.90001", "title": "T"}, "publishedAt": "2025-03-10T20:00:00.000Z"}])
    assert isinstance(record, Record)
    assert record.listed_on == date(2025, 3, 10)


def test_a_single_paper_and_a_wrapped_list_are_read_too() -> None:
    paper = {"id": "2503.90001", "title": "T"}
    assert len(read(paper)) == len(read({"papers": [paper]})) == 1


@pytest.mark.parametrize("found", [{"error": "no such date"}, 7, "text", None])
def test_json_of_another_shape_is_not_a_daily_list(found: object) -> None:
    with pytest.raises(SourceError, match="not a daily list"):
        read(found)


def test_linked_repositories_and_an_author_in_the_discussion_are_read() -> None:
    paper = {"id": "2503.90001", "title": "T", "isAuthorParticipating": True, "models": [{"id": "lab/grip"}, 7]}
    (record,) = read([{"paper": paper | {"spaces": [{"id": "lab/try"}], "datasets": "none"}}])
    assert isinstance(record, Record)
    assert record.author_takes_part is True
    assert [artifact["url"] for artifact in record.artifacts] == [
        "https://huggingface.co/lab/grip",
        "https://huggingface.co/spaces/lab/try",
    ]
