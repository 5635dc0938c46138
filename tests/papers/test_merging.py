"""What a record changes on a paper, in any order."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import User
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.admin import PaperAdmin
from digest.papers.merging import MERGED_FIELDS, keep_by_hand, merge_record
from digest.papers.models import Paper
from digest.papers.sources.base import Record
from tests.papers.makers import take

FIRST = date(2026, 8, 3)


def merge(*records: Record, into: Paper | None = None) -> Paper:
    paper = into or Paper(listed_on=records[0].listed_on or FIRST)
    for record in records:
        merge_record(paper, record, day=FIRST)
    return paper


def shown(paper: Paper) -> dict[str, Any]:
    return {name: getattr(paper, name) for name in MERGED_FIELDS if name != "told_on"}


@st.composite
def retellings(draw: st.DrawFn) -> list[Record]:
    """Records of one paper on different days, in any order."""
    days = draw(st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True))
    return [
        Record(
            draw(st.sampled_from(["Title", "A new title"])),
            abstract=draw(st.sampled_from(["", "Short.", "Longer abstract."])),
            authors=draw(st.sampled_from([(), ("Mara Quill",), ("Mara Quill", "Ida Renn")])),
            url=draw(st.sampled_from(["", "https://example.org/a", "https://example.org/b"])),
            arxiv_id=draw(st.sampled_from(["", "2503.01234"])),
            version=draw(st.sampled_from([None, 1, 2])),
            votes=draw(st.sampled_from([None, 0, 5, 9])),
            published_on=draw(st.sampled_from([None, FIRST, FIRST - timedelta(days=9)])),
            listed_on=FIRST + timedelta(days=day),
        )
        for day in days
    ]


@given(retellings(), st.randoms())
def test_any_order_of_days_ends_the_same(records: list[Record], random: Any) -> None:
    before = shown(merge(*records))
    random.shuffle(records)
    assert shown(merge(*records)) == before


@given(retellings())
def test_merging_everything_again_changes_nothing(records: list[Record]) -> None:
    paper = merge(*records)
    assert not any(merge_record(paper, record, day=FIRST) - {"told_on"} for record in records)


def test_what_a_record_does_not_tell_stays() -> None:
    paper = merge(Record("T", abstract="A", authors=("Mara Quill",), doi="10.5555/a", votes=4), Record("T"))
    assert (paper.abstract, paper.authors, paper.doi, paper.votes) == ("A", ["Mara Quill"], "10.5555/a", 4)


def test_counts_only_grow_and_the_listing_day_only_moves_back() -> None:
    late = Record("T", votes=9, listed_on=FIRST + timedelta(days=3))
    paper = merge(late, Record("T", votes=5, listed_on=FIRST), late)
    assert (paper.votes, paper.listed_on) == (9, FIRST)


@given(st.lists(st.sampled_from([None, 0, 3, 7, 12, "vote"]), max_size=12))
def test_readers_votes_stay_on_top_of_whatever_sources_tell(told: list[int | str | None]) -> None:
    paper = Paper(listed_on=FIRST)
    for step in told:
        if step == "vote":
            paper.votes, paper.reader_votes = paper.votes + 1, paper.reader_votes + 1
        merge(Record("T", votes=step if isinstance(step, int) else None), into=paper)
    counted = max((step for step in told if isinstance(step, int)), default=0)
    assert (paper.reader_votes, paper.votes) == (told.count("vote"), counted + told.count("vote"))


def test_a_made_up_address_gives_way_to_a_told_one() -> None:
    paper = merge(Record("T", arxiv_id="2503.01234", listed_on=FIRST + timedelta(days=1)))
    assert paper.url == "https://arxiv.org/abs/2503.01234"
    assert merge(Record("T", url="https://example.org/a"), into=paper).url == "https://example.org/a"


@pytest.mark.django_db
def test_what_a_curator_typed_on_the_desk_outlives_the_next_import(rf: RequestFactory, admin_user: User) -> None:
    take(Record("T", abstract="From the source", summary="S"))
    paper = Paper.objects.get()
    paper.abstract = "Typed"
    request = rf.post("/")
    request.user = admin_user
    PaperAdmin(Paper, site).save_model(request, paper, SimpleNamespace(changed_data=["abstract"]), change=True)
    take(Record("T", abstract="From the source", summary="New"))
    paper.refresh_from_db()
    assert (paper.abstract, paper.summary) == ("Typed", "New")


def test_what_a_curator_wrote_is_not_replaced() -> None:
    paper = merge(Record("T", abstract="From the source", summary="S"))
    paper.title, paper.abstract = "By hand", ""
    keep_by_hand(paper, fields=["title", "abstract", "votes"])
    merge(Record("T", abstract="Newer", summary="N", listed_on=FIRST + timedelta(days=9)), into=paper)
    assert (paper.title, paper.abstract, paper.summary) == ("By hand", "", "N")


def test_a_later_version_of_an_unknown_paper_is_listed_when_the_first_one_was() -> None:
    told = merge(Record("T", arxiv_id="2503.01234", published_on=date(2025, 3, 7), listed_on=FIRST, is_revision=True))
    assert told.listed_on == date(2025, 3, 7)
    guessed = merge(Record("T", arxiv_id="2503.01234", listed_on=FIRST, is_revision=True))
    assert guessed.listed_on == date(2025, 3, 1)
    unknown = merge(Record("T", doi="10.5555/a", listed_on=FIRST, is_revision=True))
    assert unknown.listed_on == FIRST
