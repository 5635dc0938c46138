"""Queries that are put together once: they find what the same query finds when it is put together anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from digest.compiled import CompiledQuery, Row, compiled
from digest.composing.setwise import Among
from digest.papers.models import Paper
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db

TITLES = ["plain", "O'Hara, and {others}", 'a "quoted" \\ backslash', "ünïcode ∑", "null", "100%", "''"]


def counted(build: Callable[..., QuerySet[Any, Any]]) -> tuple[CompiledQuery[Any], list[Any]]:
    """The query, and what it was built with each time."""
    built: list[Any] = []

    def note(*shape: Any, **names: Any) -> QuerySet[Any, Any]:
        built.append(shape)
        return build(*shape, **names)

    return compiled(note), built


def titles_from(*shape: Any, **names: Any) -> QuerySet[Paper, Row]:
    (limit,) = shape or (10,)
    return Paper.objects.filter(votes__gte=names["votes"]).order_by("id").values_list("title", "authors")[:limit]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("votes__gte", [0, 2, 9]),
        ("title", TITLES),
        ("listed_on__lte", [date(2026, 8, 3) + timedelta(days=days) for days in (-1, 0, 1)]),
        ("created_at__lt", [NOW - timedelta(days=9000), NOW + timedelta(days=9000)]),
    ],
)
def test_each_asking_finds_what_the_query_finds(condition: str, values: list[Any]) -> None:
    for votes, title in enumerate(TITLES):
        make_paper(title, votes=votes, listed_on=date(2026, 8, 2) + timedelta(days=votes % 3))

    def build(**names: Any) -> QuerySet[Paper, Row]:
        told = Paper.objects.filter(**{condition: names["value"]}).order_by("id")
        return told.values_list("id", "authors", "listed_on", "created_at")

    query = compiled(build)
    found = [query(value=value) for value in values]
    assert found == [list(build(value=value)) for value in values]
    assert any(found)
    if len(values) > 1:
        assert any(rows != found[0] for rows in found)


def test_it_is_put_together_once_for_each_shape() -> None:
    for votes in range(4):
        make_paper(f"Paper {votes}", votes=votes)
    query, built = counted(titles_from)
    found = [[title for title, _ in query(limit, votes=votes)] for limit in (1, 3) for votes in (0, 2)]
    assert found == [["Paper 0"], ["Paper 2"], ["Paper 0", "Paper 1", "Paper 2"], ["Paper 2", "Paper 3"]]
    assert built == [(1,), (3,)]


def test_it_does_not_grow_without_end() -> None:
    query, built = counted(titles_from)
    for limit in [*range(1, query.MOST + 2), 1]:
        query(limit, votes=0)
    assert built[-2:] == [(query.MOST + 1,), (1,)]


def test_a_changed_setting_puts_it_together_anew() -> None:
    make_paper("Hands")

    def build(*, votes: int) -> QuerySet[Paper, Row]:
        return Paper.objects.filter(title=settings.SITE_NAME, votes__gte=votes).values_list("id")

    query = compiled(build)
    assert query(votes=0) == []
    with override_settings(SITE_NAME="Hands"):
        assert len(query(votes=0)) == 1
    assert query(votes=0) == []


def test_each_thread_has_its_own() -> None:
    query, built = counted(titles_from)

    def ask() -> int:
        try:
            # The other thread's connection does not see this test's transaction; it need not.
            return len(query(votes=0)) + len(query(votes=0))
        finally:
            connection.close()

    query(votes=0)
    with ThreadPoolExecutor(max_workers=1) as threads:
        assert threads.submit(ask).result(timeout=20) == 0
    assert len(built) == 2


def test_what_cannot_be_found_is_not_asked_for() -> None:
    def build(*, votes: int) -> QuerySet[Paper, Row]:
        return Paper.objects.filter(votes=votes, id__in=[]).values_list("id")

    query = compiled(build)
    with CaptureQueriesContext(connection) as asked:
        assert query(votes=1) == query(votes=2) == []
    assert len(asked) == 0


def test_a_value_that_is_not_given_is_an_error() -> None:
    query = compiled(titles_from)
    query(votes=1)
    with pytest.raises(KeyError, match="votes"):
        query(others=1)


def _by_title(*, titles: Iterable[str]) -> QuerySet[Paper, Row]:
    return Paper.objects.filter(Among("title", titles)).order_by("id").values_list("title")


def _by_id(*, numbers: Iterable[int]) -> QuerySet[Paper, Row]:
    return Paper.objects.filter(Among("id", numbers)).order_by("id").values_list("title")


@pytest.mark.parametrize("ask", [_by_title, compiled(_by_title)], ids=["anew", "compiled"])
@pytest.mark.parametrize("some", [TITLES, TITLES[1:3], TITLES[5:], [], ["no such"], ["no such", *TITLES[:1]]])
def test_words_are_found_whatever_is_in_them(ask: Callable[..., Iterable[Row]], some: list[str]) -> None:
    for title in TITLES:
        make_paper(title)
    assert [title for (title,) in ask(titles=some)] == [title for title in TITLES if title in some]


@pytest.mark.parametrize("ask", [_by_id, compiled(_by_id)], ids=["anew", "compiled"])
def test_numbers_are_found_from_any_collection(ask: Callable[..., Iterable[Row]]) -> None:
    papers = {make_paper(title).pk: title for title in TITLES}
    first, second, *_ = papers
    for some in ([first, second], {first, second}, {first: 1, second: 2}, {first: 1, second: 2}.keys(), []):
        assert [title for (title,) in ask(numbers=some)] == [papers[pk] for pk in papers if pk in set(some)]


def test_moments_are_told_as_this_database_takes_them() -> None:
    paper = make_paper("Now")
    Paper.objects.filter(pk=paper.pk).update(created_at=NOW)

    @compiled
    def ask(*, at: datetime) -> QuerySet[Paper, Row]:
        return Paper.objects.filter(created_at=at).values_list("created_at")

    assert ask(at=NOW) == [(NOW,)]
    assert ask(at=NOW + timedelta(microseconds=1)) == []
