"""After the send: counts that add up, shares beside earlier editions, and how papers were taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.models import Digest, Edition, Pick
from digest.delivery.aftermath import compare, take_papers
from digest.papers.models import ImportRun, Paper, Source
from subscriptions.marks import Feedback, Vote
from subscriptions.models import Subscriber, Suggestion
from tests.admin.conftest import Login
from tests.admin.test_editions import page
from tests.admin.test_pages import count_queries
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
DESK = reverse("admin:index")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def send(edition: Edition, *states: str) -> None:
    days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    for state in states:
        reader = make_subscriber()
        Digest.objects.create(subscriber=reader, edition=edition, period=edition.period, state=state, **days)
    Edition.objects.filter(pk=edition.pk).update(state="approved", frozen_at=NOW)
    edition.refresh_from_db()


def test_an_edition_is_counted_beside_earlier_ones(week: Edition) -> None:
    earlier = Edition.objects.create(period="2026-W31")
    send(earlier, "delivered", "bounced")
    send(week, "delivered", "accepted", "complained", "refused", "unknown")
    leaver = Digest.objects.filter(edition=week, state="delivered").get().subscriber
    leaver.history.create(kind="left", at=NOW + timedelta(days=1))
    leaver.history.create(kind="left", at=NOW + timedelta(days=20))
    mine, before = compare(week)
    assert (mine.sent, mine.delivered, mine.complained, mine.unsubscribed) == (3, 2, 1, 1)
    assert (mine.refused, mine.unknown) == (1, 1)
    assert (before.sent, before.share(before.bounced)) == (2, 50.0)


def test_papers_are_told_by_what_readers_said_in_the_week_after(week: Edition) -> None:
    send(week, "delivered")
    best, worst, _ = [pick.paper for pick in Pick.objects.all()]
    one, two = make_subscriber(), make_subscriber()
    soon, late = NOW + timedelta(days=1), NOW + timedelta(days=9)
    Feedback.objects.create(subscriber=one, paper=best, kind="save", created_at=soon)
    Feedback.objects.create(subscriber=two, paper=best, kind="more", created_at=soon, made_by_machine=True)
    Vote.objects.create(subscriber=two, paper=best, created_at=soon)
    Feedback.objects.create(subscriber=one, paper=worst, kind="less", created_at=soon)
    Feedback.objects.create(subscriber=two, paper=worst, kind="less", created_at=late)
    taken = take_papers(week)
    assert [(one.paper, one.balance) for one in (taken[0], taken[-1])] == [(best, 2), (worst, -1)]


def let_count(edition: Edition, readers: int, *, opening: int) -> Paper:
    """So many readers of a sent edition let us count, the first ones of them opened its first paper."""
    digests = Digest.objects.filter(edition=edition).order_by("id")[:readers]
    paper = Pick.objects.filter(edition__period="2026-W32")[0].paper
    for place, digest in enumerate(digests):
        Subscriber.objects.filter(pk=digest.subscriber_id).update(counts_clicks=True)
        if place < opening:
            soon = NOW + timedelta(days=1)
            digest.subscriber.openings.create(paper=paper, period=edition.period, created_at=soon)
    return paper


def test_openings_are_summed_over_readers_who_let_us_count(admin_client: Client, week: Edition) -> None:
    send(week, *["delivered"] * 8)
    paper = let_count(week, 6, opening=3)
    first, second, third, *_, stranger = [digest.subscriber for digest in Digest.objects.order_by("id")]
    # One paper more of one reader is no reader more; nor are machines, stragglers and those who said no.
    first.openings.create(paper=make_paper(), period=week.period, created_at=NOW)
    second.openings.update(made_by_machine=True)
    third.openings.update(created_at=NOW + timedelta(days=8))
    stranger.openings.create(paper=paper, period=week.period, created_at=NOW)
    (mine,) = compare(week)
    assert (mine.letting, mine.opened, round(mine.opened_share, 1)) == (6, 1, 16.7)
    assert {one.paper: one.opened for one in take_papers(week) if one.opened} == {paper: 1}
    answer = admin_client.get(page(week, "after"))
    assertContains(answer, "<b>1</b> of 6 readers who let us count")
    assertContains(answer, "edition by edition", 6)
    assertNotContains(answer, "@example.org")


def test_sums_of_very_few_readers_are_not_told(admin_client: Client, week: Edition) -> None:
    send(week, *["delivered"] * 8)
    let_count(week, 4, opening=4)
    assert [(one.letting, one.opened) for one in compare(week)] == [(0, 0)]
    answer = admin_client.get(page(week, "after"))
    assertNotContains(answer, "opened it")
    assertContains(answer, "told once 5 of an edition have")


def test_a_look_back_costs_the_same_for_any_number_of_readers(admin_client: Client, week: Edition) -> None:
    send(week, *["delivered"] * 5)
    let_count(week, 5, opening=5)
    before = count_queries(admin_client, page(week, "after"))
    send(week, *["delivered"] * 9)
    let_count(week, 14, opening=0)
    assert count_queries(admin_client, page(week, "after")) == before


def test_the_page_shows_charts_and_nobody(admin_client: Client, week: Edition) -> None:
    send(week, "delivered", "bounced")
    answer = admin_client.get(page(week, "after"))
    assertContains(answer, "edition by edition", 5)
    assertNotContains(answer, "@example.org")


def test_before_the_send_there_is_nothing_to_tell(admin_client: Client, week: Edition) -> None:
    assertContains(admin_client.get(page(week, "after")), "Nothing of it has gone out yet.")


def test_the_front_page_names_what_presses(admin_client: Client, week: Edition) -> None:
    source = Source.objects.create(name="Daily list", kind="json")
    ImportRun.objects.create(source=source, verdict="broken", started_at=now(), finished_at=now())
    Suggestion.objects.create(name="2607.00001")
    Edition.objects.update(paused_at=now(), pause_reason="Too many complaints.")
    answer = admin_client.get(DESK)
    for words in ("Daily list", "was suggested by a reader", "Too many complaints."):
        assertContains(answer, words)
    ImportRun.objects.create(source=source, verdict="fresh", started_at=now(), finished_at=now())
    assertNotContains(admin_client.get(DESK), "Daily list")


def test_charts_lead_to_their_lists_and_are_for_those_who_may_see_them(
    admin_client: Client, staff: Login, week: Edition
) -> None:
    send(week, "delivered", "complained")
    make_subscriber().history.create(kind="confirmed", at=now())
    answer = admin_client.get(DESK)
    totals = {chart.title: chart.total for chart in answer.context["charts"]}
    readers = {"Readers confirmed": 1, "Readers who left": 0, "Votes by readers": 0}
    assert totals == readers | {"Digests sent": 2, "Complaints": 1}
    for chart in answer.context["charts"]:
        assert admin_client.get(chart.link).status_code == 200
    assert staff("papers.view_topic").get(DESK).context["charts"] == []
