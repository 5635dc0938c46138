"""Lists by day and the days there are."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import TestCase

from digest.papers.catalogue import Order, day_neighbours, list_papers, nearest_day
from digest.papers.models import Paper, Topic
from digest.papers.sources.base import Record
from tests.papers.makers import take

MONDAY, TUESDAY, FRIDAY = date(2026, 8, 3), date(2026, 8, 4), date(2026, 8, 7)


class CatalogueTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        take(
            Record("Old and loved", votes=300, listed_on=MONDAY),
            Record("Fresh", votes=200, listed_on=FRIDAY),
            Record("Quiet", votes=1, listed_on=FRIDAY),
            Record("Unseen", votes=999, listed_on=TUESDAY),
        )
        Paper.objects.filter(title="Unseen").update(state=Paper.State.HIDDEN)

    def titles(self, *, first: date = MONDAY, last: date = FRIDAY, order: Order = "trending") -> list[str]:
        return [paper.title for paper in list_papers(first=first, last=last, order=order)]

    def test_each_order_is_its_own_and_hidden_papers_are_in_none(self) -> None:
        assert self.titles(order="trending") == ["Fresh", "Old and loved", "Quiet"]
        assert self.titles(order="votes") == ["Old and loved", "Fresh", "Quiet"]
        assert self.titles(order="newest") == ["Quiet", "Fresh", "Old and loved"]

    def test_both_ends_of_the_span_are_included(self) -> None:
        assert self.titles(last=MONDAY) == ["Old and loved"]
        assert self.titles(first=TUESDAY, last=date(2026, 8, 6)) == []

    def test_a_topic_narrows_the_list_and_topics_cost_one_query(self) -> None:
        topic = Topic.objects.get(slug="3d")
        Paper.objects.get(title="Quiet").topics.add(topic)
        with self.assertNumQueries(2):
            assert [list(paper.topics.all()) for paper in list_papers(first=MONDAY, last=FRIDAY, topic=topic)] == [
                [topic]
            ]

    def test_the_nearest_day_is_the_last_real_one_or_else_the_first(self) -> None:
        assert nearest_day(day=date(2026, 8, 9)) == FRIDAY
        assert nearest_day(day=TUESDAY) == MONDAY
        assert nearest_day(day=date(2026, 1, 1)) == MONDAY

    def test_neighbours_skip_days_without_papers(self) -> None:
        assert day_neighbours(first=MONDAY, last=MONDAY) == (None, FRIDAY)
        assert day_neighbours(first=date(2026, 8, 5), last=date(2026, 8, 5)) == (MONDAY, FRIDAY)


@pytest.mark.django_db
def test_an_empty_catalogue_has_no_days() -> None:
    assert (nearest_day(day=MONDAY), day_neighbours(first=MONDAY, last=MONDAY)) == (None, (None, None))
