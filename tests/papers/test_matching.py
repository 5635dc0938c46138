"""Which records are about the same paper."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from digest.papers.models import Paper
from digest.papers.sources.base import Record
from tests.papers.makers import counts, take

pytestmark = pytest.mark.django_db

ALVAREZ = ("Tomé Álvarez", "Mara Quill")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": "Quite another title"}),
        ({"arxiv_id": "2503.01234"}, {"arxiv_id": "2503.01234", "version": 2, "title": "Renamed"}),
        ({"arxiv_id": "2503.01234"}, {"title": "SAME: title!"}),
        ({}, {"doi": "10.5555/a"}),
        ({"doi": "10.5555/a"}, {"arxiv_id": "2503.01234"}),
        ({"authors": ALVAREZ}, {"authors": ("Alvarez, T.",)}),
        ({"published_on": date(2024, 12, 30)}, {"published_on": date(2025, 6, 1)}),
        ({"authors": ALVAREZ}, {"published_on": date(2025, 6, 1)}),
    ],
)
def test_these_are_one_paper(one: dict[str, Any], other: dict[str, Any]) -> None:
    take(Record(**{"title": "Same title", **one}))
    assert counts(take(Record(**{"title": "Same title", **other})))[0] == 0
    assert Paper.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"arxiv_id": "2503.01234"}, {"arxiv_id": "2503.01235"}),
        ({"doi": "10.5555/a"}, {"doi": "10.5555/b"}),
        ({"authors": ALVAREZ}, {"authors": ("Ida Renn",)}),
        ({"published_on": date(2020, 1, 1)}, {"published_on": date(2025, 6, 1)}),
        ({}, {"title": "Another title"}),
    ],
)
def test_these_are_two_papers(one: dict[str, Any], other: dict[str, Any]) -> None:
    take(Record(**{"title": "Same title", **one}))
    assert counts(take(Record(**{"title": "Same title", **other})))[0] == 1


def test_names_that_point_at_two_papers_change_neither_name() -> None:
    take(Record("First", doi="10.5555/a"), Record("Second", arxiv_id="2503.01234"))
    run = take(Record("First", doi="10.5555/a", arxiv_id="2503.01234", votes=3))
    assert counts(run) == (0, 1, 0, 0)
    assert list(Paper.objects.order_by("id").values_list("doi", "arxiv_id", "votes")) == [
        ("10.5555/a", None, 3),
        (None, "2503.01234", 0),
    ]
