"""What becomes news about a paper, and for which papers it is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.papers.models import News, Paper
from digest.papers.news import find_news
from digest.papers.sources.base import Record, Withdrawal
from tests.papers.makers import NOW, take

pytestmark = pytest.mark.django_db

BEFORE = NOW - timedelta(days=1)


def told(**values: Any) -> Record:
    return Record("Paper", arxiv_id="2608.00001", **values)


def news() -> list[tuple[str, str]]:
    return [(one.kind, one.detail) for one in find_news(since=BEFORE, until=NOW)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"version": 1}, {"version": 2}, [("revised", "v2")]),
        ({}, {"version": 2}, []),
        ({}, {"doi": "10.5555/a", "venue": "Letters"}, [("published", "Letters")]),
        ({}, {"code_url": "https://git.example.org/a"}, [("code", "https://git.example.org/a")]),
        ({}, {"withdrawn_at": NOW}, [("withdrawn", "")]),
        ({"version": 1}, {"version": 2, "withdrawn_at": NOW}, [("withdrawn", "")]),
        ({"venue": "Letters"}, {"venue": "Letters", "votes": 9}, []),
    ],
)
def test_what_happens_to_a_known_paper_is_news(
    before: dict[str, Any], after: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    take(told(**before))
    assert news() == []
    take(told(**after))
    take(told(**after))
    assert news() == found


def test_of_several_revisions_the_last_one_is_told() -> None:
    for version in (1, 2, 3):
        take(told(version=version))
    assert news() == [("revised", "v3")]


def test_a_deleted_record_withdraws_the_paper_and_is_news() -> None:
    take(told())
    run = take(Withdrawal(1, "2608.00001", datetime(2026, 8, 2, tzinfo=UTC)), Withdrawal(2, "2608.99999", NOW))
    assert (run.changed, news()) == (1, [("withdrawn", "")])
    assert Paper.objects.get().withdrawn_at == datetime(2026, 8, 2, tzinfo=UTC)


def test_news_is_found_for_the_time_asked_for_and_not_of_hidden_papers() -> None:
    take(told(version=1), Record("Other", arxiv_id="2608.00002", version=1))
    take(told(version=2), Record("Other", arxiv_id="2608.00002", version=2))
    assert {news.paper.title for news in find_news(since=BEFORE, until=NOW)} == {"Paper", "Other"}
    assert find_news(since=NOW, until=NOW + timedelta(days=1)) == []
    Paper.objects.update(state=Paper.State.HIDDEN)
    assert find_news(since=BEFORE, until=NOW) == []
    assert News.objects.count() == 2
