"""Sections, pins, caps, stale pages, schedules and cancelling: what curators do with a draft beyond its order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains

from digest.composing.forms import version_of
from digest.composing.models import Digest, Edition, Pick
from digest.delivery.ledger import resume
from tests.admin.conftest import Login
from tests.admin.test_editions import page, typed
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
LATER = {"moment_0": "2090-08-01", "moment_1": "09:00"}


def test_a_page_older_than_the_edition_stores_nothing_and_says_so(admin_client: Client, week: Edition) -> None:
    seen = version_of(week)
    admin_client.post(page(week, "change"), typed(*week.picks.all(), title="Hers", version=seen))
    answer = admin_client.post(page(week, "change"), typed(*week.picks.all(), title="His", version=seen))
    assertContains(answer, "Somebody changed this edition after you opened it")
    assert Edition.objects.get().title == "Hers"


def test_suggesting_makes_older_pages_stale(admin_client: Client, week: Edition) -> None:
    seen = version_of(week)
    admin_client.post(page(week, "change"), typed(*week.picks.all(), version=seen, _suggest=""))
    assert version_of(Edition.objects.get()) != seen


def test_an_approval_of_what_somebody_changed_meanwhile_is_not_done(admin_client: Client, week: Edition) -> None:
    seen = version_of(week)
    week.save()
    assertContains(admin_client.post(page(week, "approve_edition"), {"version": seen}, follow=True), "Look at it again")
    assert Edition.objects.get().state == "draft"


def test_the_page_that_asks_carries_what_it_showed(admin_client: Client, week: Edition) -> None:
    assert list(admin_client.get(page(week, "approve_edition")).context["hidden"]) == [("version", version_of(week))]


def test_suggesting_anew_keeps_pins_notes_and_what_was_left_out(admin_client: Client, week: Edition) -> None:
    pinned, noted, _ = week.picks.all()
    Pick.objects.filter(pk=pinned.pk).update(is_pinned=True)
    Pick.objects.filter(pk=noted.pk).update(section="left_out")
    make_paper("Much better", listed_on="2026-07-31", trend=50.0)
    admin_client.post(page(week, "change"), typed(*week.picks.all(), _anew="") | {"picks-0-is_pinned": "on"})
    titles = [str(pick) for pick in week.picks.all().shown()]
    assert titles[:2] == [str(pinned), "Much better"]
    assert str(noted) not in titles


def test_a_cap_is_typed_beside_the_picks(admin_client: Client, week: Edition) -> None:
    rows = {"caps-TOTAL_FORMS": 1, "caps-0-topic": make_topic().pk, "caps-0-percent": 30, "caps-0-edition": week.pk}
    admin_client.post(page(week, "change"), typed(*week.picks.all()) | rows)
    assert [cap.percent for cap in week.caps.all()] == [30]


def test_a_schedule_is_kept_shown_and_stopped(admin_client: Client, week: Edition) -> None:
    make_subscriber()
    assertContains(admin_client.get(page(week, "schedule_edition")), "1 active reader will get it")
    admin_client.post(page(week, "schedule_edition"), LATER)
    assertContains(admin_client.get(page(week, "change")), "approved by itself on 1 August 2090, 09:00 UTC")
    admin_client.post(page(week, "unschedule_edition"))
    assert Edition.objects.get().scheduled_at is None


@pytest.mark.parametrize(
    ("typed_moment", "sentence"),
    [
        ({"moment_0": "2020-08-01", "moment_1": "09:00"}, "That moment is over"),
        ({}, "required"),
        ({"moment_0": "soon", "moment_1": "x"}, "Enter a valid date."),
    ],
)
def test_a_moment_that_cannot_be_is_explained(
    admin_client: Client, week: Edition, typed_moment: dict[str, str], sentence: str
) -> None:
    assertContains(admin_client.post(page(week, "schedule_edition"), typed_moment, follow=True), sentence)
    assert Edition.objects.get().scheduled_at is None


def test_cancelling_names_the_readers_and_skips_what_has_not_left(admin_client: Client, week: Edition) -> None:
    window = {"period": "2026-W32", "first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    states = ("accepted", "planned", "composed", "retry", "unknown")
    for state in states:
        Digest.objects.create(subscriber=make_subscriber(), edition=week, state=state, **window)
    question = "1 reader has it already, 3 are on their way"
    assertContains(admin_client.get(page(week, "cancel_edition")), question)
    admin_client.post(page(week, "cancel_edition"))
    after = list(Digest.objects.order_by("id").values_list("state", flat=True))
    assert after == ["accepted", "skipped", "skipped", "skipped", "unknown"]
    assertContains(admin_client.post(page(week, "cancel_edition"), follow=True), "was cancelled already")


def test_a_cancelled_edition_is_neither_approved_nor_let_go_on(admin_client: Client, week: Edition) -> None:
    admin_client.post(page(week, "cancel_edition"))
    assertContains(admin_client.post(page(week, "approve_edition"), follow=True), "or cancelled")
    assert not resume(week.pk)
    assertContains(admin_client.get(page(week, "change")), "Cancelled")


@pytest.mark.parametrize("name", ["schedule_edition", "unschedule_edition", "cancel_edition"])
def test_who_may_only_look_decides_nothing(staff: Login, week: Edition, name: str) -> None:
    Edition.objects.update(scheduled_at=now() + timedelta(days=1))
    viewer = staff("composing.view_edition")
    assert viewer.get(page(week, name)).status_code == 403
    assert viewer.post(page(week, name), LATER).status_code == 403


def test_the_history_shows_who_changed_what(admin_client: Client, week: Edition) -> None:
    admin_client.post(page(week, "change"), typed(*week.picks.all(), title="Better"))
    answer: Any = admin_client.get(page(week, "history"))
    assertContains(answer, "Better")
    assertContains(answer, "admin")


def test_an_intro_is_shown_as_the_mail_will_and_harmless(admin_client: Client) -> None:
    page = reverse("admin:composing_edition_show_intro")
    hostile = "*Read* [this](javascript:alert(1)) <img src=x onerror=alert(1)> [that](https://example.org/)"
    shown = admin_client.post(page, {"intro": hostile}).content.decode()
    assert "<em>Read</em>" in shown
    assert 'href="https://example.org/"' in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert admin_client.get(page).status_code == 405


def test_a_viewer_renders_nothing(staff: Login) -> None:
    page = reverse("admin:composing_edition_show_intro")
    assert staff("composing.view_edition").post(page, {"intro": "*x*"}).status_code == 403
