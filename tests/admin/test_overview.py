"""The front page names what waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.models import Digest, Edition, Pick
from digest.composing.periods import coming_periods
from digest.papers.models import ImportRun, Source
from tests.admin.conftest import Login
from tests.factories import make_paper, make_subscriber

pytestmark = pytest.mark.django_db
DESK = reverse("admin:index")


def test_an_idle_desk_says_so(admin_client: Client) -> None:
    assertContains(admin_client.get(DESK), "Nothing. Papers are decided")


def test_waiting_papers_are_counted_and_linked(admin_client: Client) -> None:
    make_paper(state="pending")
    answer = admin_client.get(DESK)
    assertContains(answer, "paper waits for a curator")
    assertContains(answer, f"{reverse('admin:papers_paper_changelist')}?state__exact=pending")


def test_a_draft_for_the_coming_week_is_named(admin_client: Client) -> None:
    soon = next(coming_periods(localdate(), kind="week"))
    edition = Edition.objects.create(period=soon)
    Pick.objects.create(edition=edition, paper=make_paper())
    assertContains(admin_client.get(DESK), "1 pick, not approved yet")


def test_an_edition_the_flow_opened_waits_for_nobody(admin_client: Client) -> None:
    Edition.objects.create(period=next(coming_periods(localdate(), kind="week")), frozen_at=now())
    assertNotContains(admin_client.get(DESK), "not approved yet")


@pytest.mark.parametrize(("state", "words"), [("refused", "was refused"), ("unknown", "may or may not have gone")])
def test_troubled_digests_are_named(admin_client: Client, state: str, words: str) -> None:
    day, moment = localdate(), now()
    window = {"period": "2026-W32", "first_day": day, "last_day": day, "slot_at": moment}
    Digest.objects.create(subscriber=make_subscriber(), state=state, settled_at=moment, **window)
    assertContains(admin_client.get(DESK), words)
    Digest.objects.update(settled_at=moment - timedelta(days=60))
    assertNotContains(admin_client.get(DESK), words)


def test_nobody_is_told_of_what_they_may_not_see(staff: Login) -> None:
    make_paper(state="pending")
    make_subscriber()
    answer = staff("papers.view_topic").get(DESK)
    assertNotContains(answer, "waits for a curator")
    assertNotContains(answer, "active reader")


def test_a_source_stays_named_while_it_is_visited_again(admin_client: Client) -> None:
    source = Source.objects.create(name="A feed", kind="arxiv-rss", query="cs.RO", rhythm="daily")
    ImportRun.objects.create(source=source, verdict="broken", finished_at=now())
    ImportRun.objects.create(source=source, verdict="running")
    assertContains(admin_client.get(DESK), "was the latest visit to A feed")
    ImportRun.objects.create(source=source, verdict="fresh", finished_at=now())
    assertNotContains(admin_client.get(DESK), "A feed")


def test_a_source_that_nobody_visits_is_named(admin_client: Client) -> None:
    long_ago = now() - timedelta(days=9)
    Source.objects.create(name="A feed", kind="arxiv-rss", query="cs.RO", rhythm="daily", created_at=long_ago)
    assertContains(admin_client.get(DESK), "A feed: Not visited since")
