"""Two papers become one, with all that belonged to either, and two again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers

from digest.composing.models import Edition, Pick
from digest.papers.deciding import decide, undo
from digest.papers.joining import CannotJoinError, compare, find_twins, join_papers
from digest.papers.models import Decision, Paper, PaperName, SourceRecord
from subscriptions.models import Vote
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins() -> tuple[Paper, Paper]:
    """One paper told twice: by title and id, and by title and DOI."""
    kept = make_paper("Grasping at scale", topics=(make_topic(),), arxiv_id="2603.00001", votes=4, abstract="Short.")
    other = make_paper("Grasping at scale", topics=(make_topic(),), doi="10.1000/1", abstract="Longer.", votes=7)
    PaperName.objects.create(paper=other, name="pmid:1")
    return kept, other


def join(kept: Paper, other: Paper, *theirs: str) -> Decision:
    return join_papers(kept_id=kept.pk, other_id=other.pk, theirs=theirs, user_id=None, now=NOW)


def photograph() -> str:
    """Every row that a merge may touch, but for moments of change."""
    rows: list[Any] = [*Paper.objects.order_by("pk"), *PaperName.objects.order_by("pk"), *Pick.objects.order_by("pk")]
    rows += [*SourceRecord.objects.order_by("pk"), *Vote.objects.order_by("pk")]
    told = json.loads(serializers.serialize("json", rows))
    return str([{name: value for name, value in row["fields"].items() if name != "updated_at"} for row in told])


def test_what_they_tell_differently_is_compared_and_empty_fields_are_filled(twins: tuple[Paper, Paper]) -> None:
    found = {one.name: one.takes_theirs for one in compare(*twins)}
    assert found["doi"] is True
    assert found["abstract"] is False
    assert "title" not in found
    assert find_twins(twins[0]) == [twins[1]]


def test_the_chosen_values_and_all_rows_move_to_the_one_that_stays(twins: tuple[Paper, Paper]) -> None:
    kept, other = twins
    edition = Edition.objects.create(period="2026-W32")
    Pick.objects.create(edition=edition, paper=other)
    join(kept, other, "doi", "abstract")
    kept, other = Paper.objects.get(pk=kept.pk), Paper.objects.get(pk=other.pk)
    assert (kept.doi, kept.abstract, kept.arxiv_id, kept.votes) == ("10.1000/1", "Longer.", "2603.00001", 7)
    assert (other.state, other.doi) == (Paper.State.HIDDEN, None)
    assert kept.topics.count() == 2
    assert Pick.objects.get().paper == kept
    assert PaperName.objects.get().paper == kept


def test_a_reader_who_voted_for_both_counts_once(twins: tuple[Paper, Paper]) -> None:
    kept, other = twins
    both, one = make_subscriber(), make_subscriber()
    for paper, reader in ((kept, both), (other, both), (other, one)):
        Vote.objects.create(paper=paper, subscriber=reader)
    Paper.objects.filter(pk=kept.pk).update(reader_votes=1, votes=5)
    Paper.objects.filter(pk=other.pk).update(reader_votes=2, votes=9)
    join(kept, other)
    merged = Paper.objects.get(pk=kept.pk)
    assert (merged.reader_votes, merged.votes) == (2, 7 + 2)
    assert set(Vote.objects.filter(paper=kept).values_list("subscriber", flat=True)) == {both.pk, one.pk}


def test_a_merge_taken_back_leaves_everything_as_it_was(twins: tuple[Paper, Paper]) -> None:
    edition = Edition.objects.create(period="2026-W32")
    for paper in twins:
        Pick.objects.create(edition=edition, paper=paper)
        Vote.objects.create(paper=paper, subscriber=make_subscriber())
    before = photograph()
    decision = join(*twins, "doi", "abstract")
    assert photograph() != before
    assert undo(decision, user_id=None, now=NOW) == 2
    assert photograph() == before
    assert undo(decision, user_id=None, now=NOW) == 0


def test_votes_given_since_stay_when_a_merge_is_taken_back(twins: tuple[Paper, Paper]) -> None:
    decision = join(*twins)
    Paper.objects.filter(pk=twins[0].pk).update(reader_votes=3, votes=10)
    undo(decision, user_id=None, now=NOW)
    assert Paper.objects.values_list("reader_votes", "votes").get(pk=twins[0].pk) == (3, 7)


def test_a_merge_is_taken_back_for_both_or_for_none(twins: tuple[Paper, Paper]) -> None:
    decision = join(*twins)
    decide(Paper.objects.filter(pk=twins[1].pk), kind=Decision.Kind.APPROVED, user_id=None, now=NOW + timedelta(1))
    assert undo(decision, user_id=None, now=NOW + timedelta(2)) == 0
    assert Decision.objects.get(pk=decision.pk).undone_at is None


def test_one_paper_is_not_merged_with_itself(twins: tuple[Paper, Paper]) -> None:
    with pytest.raises(CannotJoinError, match="twice"):
        join(twins[0], twins[0])
