"""The front door: counts, verdicts, batches, failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from digest.papers import storing
from digest.papers.ingest import BATCH_SIZE, KEPT_REJECTIONS
from digest.papers.models import ImportRun, Paper
from digest.papers.sources.base import Record, Rejection, SourceError
from tests.papers.makers import NOW, TODAY, counts, take, take_all

pytestmark = pytest.mark.django_db


def many(number: int) -> list[Record]:
    return [Record(f"Paper number {n}", arxiv_id=f"2503.{n:05d}", line=n) for n in range(number)]


def test_the_same_records_again_are_unchanged() -> None:
    records = (Record("One", abstract="A", votes=2), Record("Two", authors=("Mara Quill",)))
    assert counts(take(*records)) == (2, 0, 0, 0)
    before = list(Paper.objects.values())
    run = take(*records)
    assert counts(run) == (0, 0, 2, 0)
    assert run.verdict == ImportRun.Verdict.QUIET
    assert list(Paper.objects.values()) == before


def test_a_new_paper_holds_what_the_record_tells() -> None:
    take(Record("Ünique", abstract="A", version=2, votes=3, published_on=date(2025, 3, 7), withdrawn_at=NOW))
    paper = Paper.objects.get()
    assert (paper.title_key, paper.version, paper.votes) == ("unique", 2, 3)
    assert (paper.published_on, paper.listed_on, paper.withdrawn_at) == (date(2025, 3, 7), TODAY, NOW)
    assert (paper.state, paper.created_at, paper.arxiv_id) == (Paper.State.APPROVED, NOW, None)


def test_two_records_of_one_paper_in_one_batch_are_merged() -> None:
    run = take(Record("One", doi="10.5555/a"), Record("One", abstract="A"), Record("One", abstract="A"))
    assert counts(run) == (1, 1, 1, 0)
    assert Paper.objects.get().abstract == "A"


def test_a_changed_record_changes_the_stored_paper() -> None:
    take(Record("One", votes=2))
    run = take(Record("One", votes=5, keywords=("grasping",)))
    assert (counts(run), run.verdict) == ((0, 1, 0, 0), ImportRun.Verdict.QUIET)
    assert (Paper.objects.get().votes, Paper.objects.get().keywords) == (5, ["grasping"])


def test_hidden_papers_stay_hidden_and_pending_ones_wait() -> None:
    take(Record("Hidden"))
    Paper.objects.update(state=Paper.State.HIDDEN)
    take(Record("Hidden", votes=1), Record("Waiting"), pending=True)
    states = dict(Paper.objects.values_list("title", "state"))
    assert states == {"Hidden": Paper.State.HIDDEN, "Waiting": Paper.State.PENDING}
    take(Record("Waiting", votes=1))
    assert Paper.objects.get(title="Waiting").state == Paper.State.PENDING


def test_rejections_are_counted_and_the_first_are_kept() -> None:
    run = take(Record("Good"), *(Rejection(n, "Has no title.", "x") for n in range(KEPT_REJECTIONS + 5)))
    assert (counts(run), run.verdict) == ((1, 0, 0, KEPT_REJECTIONS + 5), ImportRun.Verdict.PARTIAL)
    assert len(run.rejections) == KEPT_REJECTIONS
    assert run.rejections[0] == {"line": 0, "reason": "Has no title.", "excerpt": "x"}


def test_a_run_without_any_usable_record_is_broken() -> None:
    run = take(Rejection(1, "Has no title."))
    assert (run.verdict, run.error) == (ImportRun.Verdict.BROKEN, "None of its 1 records could be used.")


def test_a_source_that_breaks_off_keeps_what_came_before() -> None:
    def broken() -> Iterator[Record]:
        yield from many(3)
        raise SourceError("The compressed data is damaged.")

    run = ImportRun.objects.get(pk=take_all(broken()).pk)
    assert (run.verdict, run.error, run.new) == (ImportRun.Verdict.BROKEN, "The compressed data is damaged.", 3)
    assert run.finished_at == NOW
    assert Paper.objects.count() == 3


def test_an_unforeseen_error_is_written_down_and_raised() -> None:
    def failing() -> Iterator[Record]:
        yield from many(BATCH_SIZE)
        raise RuntimeError("no such luck")

    with pytest.raises(RuntimeError):
        take_all(failing())
    run = ImportRun.objects.get()
    assert (run.verdict, run.error, run.new) == (ImportRun.Verdict.BROKEN, "RuntimeError: no such luck", BATCH_SIZE)


def test_a_paper_stored_by_somebody_else_in_between_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = storing._write

    def slow(*args: Any) -> None:
        monkeypatch.setattr(storing, "_write", original)
        raise IntegrityError("UNIQUE constraint failed: papers_paper.arxiv_id")

    monkeypatch.setattr(storing, "_write", slow)
    assert counts(take(*many(3))) == (3, 0, 0, 0)


def test_a_record_the_database_refuses_costs_only_itself() -> None:
    records = [*many(2), Record("", line=7)]
    run = take(*records)
    assert counts(run) == (2, 0, 0, 1)
    assert run.rejections[0]["line"] == 7
    assert "The database refused it" in run.rejections[0]["reason"]


def count_queries(records: list[Record]) -> int:
    with CaptureQueriesContext(connection) as queries:
        take(*records)
    return len(queries)


def test_statements_grow_with_batches_and_not_with_records() -> None:
    small, large = count_queries(many(5)), count_queries(many(100))
    # SQLite takes 999 values a statement, so a hundred rows need a few more of them.
    assert large - small <= 6
    assert count_queries(many(100)) < small


def test_votes_of_stored_papers_move_without_a_statement_for_each() -> None:
    records = many(60)
    take(*records)
    changed = [Record(record.title, arxiv_id=record.arxiv_id, votes=9) for record in records]
    assert count_queries(changed) <= 20
    assert set(Paper.objects.values_list("votes", flat=True)) == {9}


def test_moments_are_those_given_and_not_the_clocks() -> None:
    run = take(Record("One"))
    assert (run.started_at, run.finished_at) == (NOW, NOW)
    assert datetime(2026, 8, 3, 9, 0, tzinfo=UTC) == NOW
