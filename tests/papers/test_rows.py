"""Rows are written as the models would write them, by few statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from digest.papers.models import Paper, Signal, SourceRecord
from digest.papers.rows import insert_rows
from digest.papers.sources.base import Record
from tests.factories import make_paper, make_topic
from tests.papers.makers import NOW, TODAY, make_source, take_all

pytestmark = pytest.mark.django_db
COLUMNS = ("paper", "source", "key", "told", "told_on", "first_told_at", "last_told_at")


def test_every_kind_of_value_comes_back_as_it_went() -> None:
    paper, source = make_paper(), make_source()
    row = (paper.pk, source.pk, "doi:1%s", {"title": "Ü “%s”", "authors": ["A"], "none": None}, TODAY, NOW, NOW)
    insert_rows(SourceRecord, COLUMNS, [row])
    assert SourceRecord.objects.values_list(*COLUMNS).get() == row


def test_a_row_that_is_there_takes_what_it_is_to_take_and_keeps_the_rest() -> None:
    paper, source = make_paper(), make_source()
    later = NOW + timedelta(days=1)
    for moment in (NOW, later):
        row = (paper.pk, source.pk, "k", {"at": str(moment)}, TODAY, moment, moment)
        insert_rows(SourceRecord, COLUMNS, [row], unique=("source", "key"), update=("told", "last_told_at"))
    record = SourceRecord.objects.get()
    assert (record.first_told_at, record.last_told_at, record.told) == (NOW, later, {"at": str(later)})


def test_a_row_told_twice_is_passed_over() -> None:
    paper, topic = make_paper(), make_topic()
    for _ in range(2):
        insert_rows(Paper.topics.through, ("paper", "topic"), [(paper.pk, topic.pk)])
    assert list(paper.topics.all()) == [topic]


def test_numbers_come_back_in_the_order_of_the_rows_over_many_statements() -> None:
    papers = [make_paper() for _ in range(2)]
    rows = [(papers[place % 2].pk, TODAY - timedelta(days=place), place) for place in range(1_000)]
    numbers = insert_rows(Signal, ("paper", "day", "votes"), rows, returning=True)
    assert Signal.objects.in_bulk(numbers)[numbers[777]].votes == 777
    with pytest.raises(IntegrityError):
        insert_rows(Signal, ("paper", "day", "votes"), rows[:1], returning=True)


def test_a_batch_of_new_papers_takes_a_bounded_number_of_statements() -> None:
    take_all([])
    with CaptureQueriesContext(connection) as seen:
        take_all(Record(title=f"Paper {place}", doi=f"10.5555/{place}", votes=1) for place in range(100))
    assert Paper.objects.count() == 100
    assert len(seen) < 40
