"""Choosing the papers of planned digests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.composing.compose import compose_range
from digest.composing.models import Digest, Edition, Pick
from digest.composing.schedule import open_due
from digest.papers.votes import trend_of
from subscriptions.marks import Feedback
from subscriptions.models import Interest
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
LAST = 2**31


def compose_all() -> int:
    open_due(now=NOW)
    return compose_range(first_id=1, last_id=LAST, now=NOW)


def papers_of(digest: Digest) -> list[int]:
    return [entry["paper"] for entry in digest.entries]


def voted(votes: int, **values: Any) -> int:
    day = values.pop("listed_on", date(2026, 7, 30))
    return make_paper(votes=votes, listed_on=day, trend=trend_of(votes=votes, listed_on=day), **values).id


def test_a_digest_holds_the_weeks_papers_best_first() -> None:
    make_subscriber()
    low, high = voted(3), voted(80)
    voted(900, listed_on=date(2026, 7, 20))
    assert compose_all() == 1
    digest = Digest.objects.get()
    assert (papers_of(digest), digest.state, digest.more_count) == ([high, low], "composed", 0)


def test_topics_and_keywords_pull_papers_up_and_are_named() -> None:
    topic = make_topic("Lore of grasping")
    reader = make_subscriber(follows=(topic,))
    Interest.objects.create(subscriber=reader, kind="keyword", text="grasp")
    voted(30)
    filed = voted(9, topics=(topic,))
    named = voted(5, title="How to grasp")
    compose_all()
    entries = Digest.objects.get().entries
    assert [entry["paper"] for entry in entries][:2] == [named, filed]
    assert entries[0]["reasons"] == [{"kind": "keyword", "text": "grasp"}]
    assert entries[1]["reasons"][0] == {"kind": "topic", "number": topic.pk}


def test_no_paper_comes_twice_in_two_weeks() -> None:
    make_subscriber(paper_limit=1)
    first, second = voted(50, listed_on=date(2026, 8, 3)), voted(40, listed_on=date(2026, 8, 3))
    compose_all()
    later = NOW + timedelta(weeks=1)
    open_due(now=later)
    compose_range(first_id=1, last_id=LAST, now=later)
    assert [papers_of(digest) for digest in Digest.objects.order_by("id")] == [[first], [second]]


def test_papers_of_a_refused_digest_may_come_again() -> None:
    make_subscriber()
    paper = voted(50, listed_on=date(2026, 8, 3))
    compose_all()
    Digest.objects.update(state=Digest.State.REFUSED)
    later = NOW + timedelta(weeks=1)
    open_due(now=later)
    compose_range(first_id=1, last_id=LAST, now=later)
    assert papers_of(Digest.objects.latest("id")) == [paper]


def test_what_a_reader_hid_never_comes_and_a_machines_word_does_not_count() -> None:
    reader = make_subscriber()
    hidden, other = voted(90), voted(5)
    Feedback.objects.create(subscriber=reader, paper_id=hidden, kind="hide")
    Feedback.objects.create(subscriber=reader, paper_id=other, kind="hide", made_by_machine=True)
    compose_all()
    assert papers_of(Digest.objects.get()) == [other]


def test_with_nothing_new_the_digest_is_empty_and_closed() -> None:
    make_subscriber()
    assert compose_all() == 0
    digest = Digest.objects.get()
    assert (digest.state, digest.settled_at) == (Digest.State.EMPTY, NOW)


def test_hidden_pending_and_withdrawn_papers_are_left_out() -> None:
    make_subscriber()
    voted(50, state="hidden")
    voted(50, state="pending")
    voted(50, withdrawn_at=NOW)
    assert compose_all() == 0


def approved(*papers: int, state: str = "approved") -> Edition:
    edition = Edition.objects.create(kind="week", period="2026-W32", state=state)
    Pick.objects.bulk_create(Pick(edition=edition, paper_id=pk, position=n) for n, pk in enumerate(papers))
    return edition


def test_an_approved_editions_picks_come_first_even_from_older_days() -> None:
    make_subscriber()
    popular, old = voted(500), voted(0, listed_on=date(2026, 1, 5))
    edition = approved(old)
    compose_all()
    digest = Digest.objects.get()
    assert (papers_of(digest), digest.edition_id) == ([old, popular], edition.pk)
    edition.refresh_from_db()
    assert edition.frozen_at == NOW


def test_a_draft_editions_picks_do_not_count() -> None:
    make_subscriber()
    popular = voted(500)
    approved(voted(0, listed_on=date(2026, 1, 5)), state="draft")
    compose_all()
    assert papers_of(Digest.objects.get()) == [popular]


def test_composing_twice_changes_nothing() -> None:
    make_subscriber()
    voted(5)
    compose_all()
    Digest.objects.update(state=Digest.State.SENDING)
    voted(500)
    assert compose_range(first_id=1, last_id=LAST, now=NOW) == 0
    assert len(Digest.objects.get().entries) == 1


def test_one_like_pulls_its_kind_up_and_is_named() -> None:
    reader = make_subscriber()
    liked = voted(0, title="Grasping cups with robot hands", listed_on=date(2026, 5, 1))
    Interest.objects.create(subscriber=reader, kind="paper", paper_id=liked)
    voted(4, title="Bond markets in the winter")
    voted(4, title="Protein folding in yeast")
    alike = voted(2, title="Robot arms that learn to grasp")
    compose_all()
    first = Digest.objects.get().entries[0]
    assert (first["paper"], first["reasons"]) == (alike, [{"kind": "paper", "number": liked}])


def test_one_click_on_less_pushes_its_kind_down() -> None:
    reader = make_subscriber()
    disliked = voted(0, title="Bond markets in the winter", listed_on=date(2026, 5, 1))
    Interest.objects.create(subscriber=reader, kind="paper", paper_id=disliked, weight=-1.0)
    bonds = voted(5, title="Pricing bonds when markets fall")
    voted(4, title="Protein folding in yeast")
    voted(4, title="Robot arms that learn to grasp")
    compose_all()
    assert papers_of(Digest.objects.get())[-1] == bonds


def count_queries(readers: int) -> int:
    for _ in range(readers):
        make_subscriber(follows=(make_topic(),))
    open_due(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        compose_range(first_id=1, last_id=LAST, now=NOW)
    return len(queries)


def test_queries_do_not_grow_with_the_number_of_readers() -> None:
    voted(5)
    # The first range also looks up what is kept for the others.
    count_queries(1)
    few = count_queries(2)
    assert count_queries(40) == few <= 12
