"""What became of papers sent before: who is told, what, once, and where it stands in the letter."""

from __future__ import annotations

import quopri
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.composing.book import open_book
from digest.composing.compose import compose_range
from digest.composing.models import Digest
from digest.composing.news import load_news
from digest.composing.presentation import NEWS, present_digest
from digest.composing.press import Press
from digest.composing.rows import make_planned, read_rows, select_planned
from digest.composing.schedule import open_due
from digest.papers.curation import restore_papers, withdraw_papers
from digest.papers.models import News, Paper
from digest.rendering.render import render_quoted_digest
from subscriptions.models import Subscriber
from tests.factories import NOW, make_digest, make_paper, make_subscriber
from tests.rendering.letters import put_together

pytestmark = pytest.mark.django_db
LAST_WEEK = NOW - timedelta(days=7)


@pytest.fixture
def old() -> Paper:
    """A paper of last week."""
    return make_paper("Napkins folded by robots", listed_on=LAST_WEEK.date() - timedelta(days=1))


@pytest.fixture
def reader(old: Paper) -> Subscriber:
    """Somebody who was sent it, and for whom this week brought another one."""
    make_paper("A new one", votes=3)
    reader = make_subscriber("ada@example.org")
    send(old, reader, at=LAST_WEEK)
    return reader


def send(paper: Paper, reader: Subscriber, *, at: datetime, **values: Any) -> Digest:
    defaults: dict[str, Any] = {"period": f"{at:%G-W%V}", "slot_at": at}
    return make_digest(reader, paper, **defaults | values)


def happen(paper: Paper, kind: str, detail: str = "", *, at: datetime = NOW - timedelta(days=2)) -> None:
    News.objects.create(paper=paper, kind=kind, detail=detail, happened_at=at)


def compose_now() -> list[Digest]:
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**31, now=NOW)
    return list(Digest.objects.filter(state="composed").order_by("id"))


def told(digest: Digest) -> list[tuple[str, str]]:
    return [(item["kind"], item["detail"]) for item in digest.news]


def test_a_reader_hears_what_became_of_a_paper_they_were_sent(reader: Subscriber, old: Paper) -> None:
    happen(old, "revised", "v2")
    stranger = make_subscriber("new@example.org")
    found = {digest.subscriber_id: told(digest) for digest in compose_now()}
    assert found == {reader.pk: [("revised", "v2")], stranger.pk: []}


@pytest.mark.parametrize("at", [LAST_WEEK - timedelta(hours=1), NOW + timedelta(hours=1), NOW - timedelta(days=40)])
def test_what_was_so_when_it_was_sent_or_is_not_yet_is_no_news(reader: Subscriber, old: Paper, at: datetime) -> None:
    happen(old, "revised", "v2", at=at)
    assert [told(digest) for digest in compose_now()] == [[]]


def test_news_is_told_once(reader: Subscriber, old: Paper) -> None:
    happen(old, "revised", "v2", at=NOW - timedelta(days=6))
    happen(old, "code", "https://git.example.org/a", at=NOW - timedelta(days=1))
    item = {"paper": old.pk, "kind": "revised", "detail": "v2"}
    send(make_paper("Another"), reader, at=NOW - timedelta(days=3), news=[item], period="2026-07-31")
    assert [told(digest) for digest in compose_now()] == [[("code", "https://git.example.org/a")]]


def test_a_digest_that_never_arrived_brought_no_paper(reader: Subscriber, old: Paper) -> None:
    Digest.objects.update(state="refused")
    happen(old, "revised", "v2")
    assert [told(digest) for digest in compose_now()] == [[]]


def test_curators_withdrawal_is_news_until_it_is_undone(reader: Subscriber, old: Paper) -> None:
    withdraw_papers(Paper.objects.filter(pk=old.pk), now=NOW - timedelta(days=1))
    open_due(now=NOW)
    (planned,) = make_planned(select_planned(Digest.objects.filter(state="planned")))
    seen = {reader.pk: frozenset([old.pk])}
    assert [item["kind"] for item in load_news([planned], seen=seen)[reader.pk]] == ["withdrawn"]
    restore_papers(Paper.objects.filter(pk=old.pk), now=NOW)
    assert load_news([planned], seen=seen) == {}


def test_the_latest_three_are_told(reader: Subscriber, old: Paper) -> None:
    for number in range(2, 7):
        happen(old, "published", f"Letters {number}", at=NOW - timedelta(days=7 - number, minutes=1))
        old = make_paper(f"Paper {number}", listed_on=old.listed_on)
        send(old, reader, at=LAST_WEEK, period=f"2026-07-{number:02}")
    (digest,) = compose_now()
    assert [detail for _, detail in told(digest)] == ["Letters 6", "Letters 5", "Letters 4"]


def test_news_stands_last_and_leads_neither_subject_nor_count(reader: Subscriber, old: Paper) -> None:
    happen(old, "withdrawn")
    Paper.objects.filter(pk=old.pk).update(withdrawn_at=NOW)
    (digest,) = compose_now()
    letter = present_digest(digest, open_book([digest]))
    assert letter.sections[-1].heading == NEWS
    mail = render_quoted_digest(letter)
    assert mail.subject == "A new one"
    assert b"Withdrawn by its authors." in quopri.decodestring(mail.html)
    assert b"Withdrawn by its authors." in quopri.decodestring(mail.text)


def test_the_press_prints_news_as_the_whole_way_does(reader: Subscriber, old: Paper) -> None:
    for kind, detail in (("revised", "v2"), ("code", "https://git.example.org/a"), ("published", "doi:10.5555/a")):
        happen(old, kind, detail)
    Paper.objects.filter(pk=old.pk).update(code_url="https://git.example.org/a")
    compose_now()
    (row,) = read_rows(Digest.objects.filter(state="composed"))
    book = open_book([row])
    printed, whole = Press(book).print(row), render_quoted_digest(present_digest(row, book))
    assert printed is not None
    assert put_together(printed.mail) == whole


def test_a_hidden_paper_is_no_news_and_news_alone_no_letter(reader: Subscriber, old: Paper) -> None:
    happen(old, "revised", "v2")
    (digest,) = compose_now()
    Paper.objects.exclude(pk=old.pk).update(state="hidden")
    assert present_digest(digest, open_book([digest])).sections == ()
    Paper.objects.update(state="hidden")
    assert present_digest(digest, open_book([digest])).sections == ()


def test_many_readers_ask_no_more(
    reader: Subscriber, old: Paper, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    happen(old, "revised", "v2")
    others = [make_subscriber(f"r{number}@example.org") for number in range(9)]
    for other in others:
        send(old, other, at=LAST_WEEK)
    open_due(now=NOW)
    planned = make_planned(select_planned(Digest.objects.filter(state="planned")))
    seen = {row.subscriber_id: frozenset([old.pk]) for row in planned}
    with django_assert_num_queries(2):
        assert len(load_news(planned, seen=seen)) == 10
