"""The page that compares two rankers on an edition's digests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.models import Digest, Edition
from subscriptions.marks import Feedback
from tests.admin.test_editions import page
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db


def test_the_page_counts_for_each_hundred_papers_and_says_how_sure_it_is(admin_client: Client, week: Edition) -> None:
    papers = [make_paper().pk for _ in range(4)]
    entries: list[dict[str, Any]] = [
        {"paper": pk, "reasons": [], "ranker": "blend" if n % 2 else "trending"} for n, pk in enumerate(papers)
    ]
    days = {"first_day": date(2026, 7, 27), "last_day": date(2026, 8, 3), "slot_at": NOW}
    reader = make_subscriber()
    Digest.objects.create(
        subscriber=reader, period=week.period, edition=week, state="accepted", entries=entries, **days
    )
    Feedback.objects.create(subscriber=reader, paper_id=papers[1], kind="save")
    answer = admin_client.get(page(week, "compare_rankers"))
    assertContains(answer, "Too early to tell")
    assertContains(answer, '<th scope="row">blend</th><td>2</td>', html=False)
    assertContains(answer, "50.00")


def test_without_shared_digests_it_says_so(admin_client: Client, week: Edition) -> None:
    assertContains(admin_client.get(page(week, "compare_rankers")), "No digest of this edition was shared")


def test_the_button_is_there_only_while_a_trial_is_on(admin_client: Client, week: Edition, settings: Any) -> None:
    Edition.objects.update(frozen_at=NOW, state="approved")
    assertNotContains(admin_client.get(page(week, "change")), "Rankers compared")
    settings.RANKER_TRIAL = "blend,trending"
    assertContains(admin_client.get(page(week, "change")), "Rankers compared")


def test_a_pair_that_is_none_stops_the_start_and_says_what_to_write(settings: Any) -> None:
    settings.RANKER_TRIAL = "blend,magic"
    assert [message.msg for message in run_checks() if message.id == "paperboy.E010"] == [
        "RANKER_TRIAL=blend,magic: two different ones of blend, interests, trending are needed, with a comma between."
    ]
