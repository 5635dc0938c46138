"""Operators look readers up, set their rhythm, let them go and suppress addresses."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from subscriptions.models import Interest, Subscriber, Suppression
from subscriptions.suppression import is_suppressed
from tests.admin.conftest import Login
from tests.factories import NOW, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
FIND = reverse("admin:subscriptions_subscriber_find")
ROWS = ("interests", "history", "notices")
NO_ROWS = {f"{prefix}-{name}": 0 for prefix in ROWS for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


def page(reader: Subscriber, name: str = "change") -> str:
    return reverse(f"admin:subscriptions_subscriber_{name}", args=[reader.pk])


def typed(**values: Any) -> dict[str, Any]:
    rhythm = {"cadence": "weekly", "weekday": 0, "hour": 8, "timezone": "UTC", "paper_limit": 10, "layout": "full"}
    return rhythm | NO_ROWS | values


def test_an_address_leads_to_its_reader_without_entering_the_url(admin_client: Client) -> None:
    reader = make_subscriber("Ada@Example.org")
    make_subscriber("adam@example.org")
    answer = admin_client.post(FIND, {"address": " ada@example.ORG"})
    assert answer.headers["Location"] == page(reader)


def test_a_beginning_lists_who_fits(admin_client: Client) -> None:
    ada, adam = make_subscriber("ada@example.org"), make_subscriber("adam@example.org")
    make_subscriber("bo@example.org")
    answer = admin_client.post(FIND, {"address": "AD"})
    assert answer.headers["Location"].endswith(f"?id__in={ada.pk},{adam.pk}")
    shown = admin_client.get(answer.headers["Location"])
    assertContains(shown, "adam@example.org")
    assertNotContains(shown, "bo@example.org")


def test_nobody_found_says_so_and_a_get_finds_nobody(admin_client: Client) -> None:
    assertContains(admin_client.post(FIND, {"address": "zed"}, follow=True), "No subscriber&#x27;s address begins")
    assert admin_client.get(FIND, {"address": "zed"}).status_code == 405


def test_only_who_may_see_readers_may_look_for_them(staff: Login) -> None:
    make_subscriber("ada@example.org")
    assert staff("papers.view_paper").post(FIND, {"address": "ada"}).status_code == 403


def test_a_new_rhythm_moves_the_next_digest(admin_client: Client) -> None:
    reader = make_subscriber()
    admin_client.post(page(reader), typed(cadence="daily", hour=5, timezone="Asia/Tokyo"))
    reader.refresh_from_db()
    assert reader.cadence == "daily"
    assert reader.next_due_at is not None
    assert (reader.next_due_at.hour, reader.next_due_at.minute) == (20, 0)
    assert reader.next_due_at > datetime.now(tz=UTC)


def test_a_form_opened_before_somebody_left_brings_nobody_back(admin_client: Client) -> None:
    reader = make_subscriber(state="left", next_due_at=None)
    admin_client.post(page(reader), typed(cadence="daily", state="active"))
    reader.refresh_from_db()
    assert (reader.state, reader.next_due_at) == ("left", None)


def test_an_unknown_time_zone_is_explained(admin_client: Client) -> None:
    answer = admin_client.post(page(make_subscriber()), typed(timezone="Europe/Atlantis"))
    assertContains(answer, "There is no such time zone.")


def test_the_log_keeps_no_address(admin_client: Client) -> None:
    reader = make_subscriber("ada@example.org")
    admin_client.post(page(reader), typed(hour=9))
    assert LogEntry.objects.get().object_repr == f"Subscriber {reader.pk}"


def test_an_interest_keeps_only_what_its_kind_names(admin_client: Client) -> None:
    reader, topic = make_subscriber(), make_topic()
    row = {"interests-0-kind": "topic", "interests-0-topic": topic.pk, "interests-0-text": "x", "interests-0-weight": 1}
    admin_client.post(page(reader), typed(**row | {"interests-TOTAL_FORMS": 1}))
    assert Interest.objects.values_list("kind", "topic", "text").get() == ("topic", topic.pk, "")
    answer = admin_client.post(page(reader), typed(**row | {"interests-TOTAL_FORMS": 1, "interests-0-topic": ""}))
    assertContains(answer, "This kind of interest needs a topic.")


def test_unsubscribing_asks_first_and_then_says_what_the_row_says(admin_client: Client) -> None:
    reader = make_subscriber()
    assertContains(admin_client.get(page(reader, "unsubscribe")), "gets no digest any more")
    assertContains(admin_client.post(page(reader, "unsubscribe"), follow=True), "Unsubscribed.")
    reader.refresh_from_db()
    assert (reader.state, reader.next_due_at) == ("left", None)


def test_a_viewer_may_not_unsubscribe(staff: Login) -> None:
    reader, viewer = make_subscriber(), staff("subscriptions.view_subscriber")
    assert viewer.post(page(reader, "unsubscribe")).status_code == 403
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_suppressed_address_is_kept_as_a_hash(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    add = reverse("admin:subscriptions_suppression_add")
    admin_client.post(add, {"address": "Ada@example.org", "scope": "all", "note": "asked by phone"})
    row = Suppression.objects.get()
    assert is_suppressed(address="ada@example.org")
    assert (row.reason, row.note) == ("operator", "asked by phone")
    admin_client.post(add, {"address": "ada@example.org", "scope": "all", "note": ""})
    listed = admin_client.get(reverse("admin:subscriptions_suppression_changelist"))
    assertContains(listed, row.address_hash[:12], count=1)
    assertNotContains(listed, row.address_hash)
    assert "ada@" not in caplog.text.lower()


def test_an_impossible_address_is_explained(admin_client: Client) -> None:
    add = reverse("admin:subscriptions_suppression_add")
    assertContains(admin_client.post(add, {"address": "ada", "scope": "all"}), "An address has an @ sign")


def test_the_list_tells_the_rhythm(admin_client: Client) -> None:
    make_subscriber(next_due_at=NOW)
    listed = admin_client.get(reverse("admin:subscriptions_subscriber_changelist"))
    assertContains(listed, "every Monday at 08:00, UTC")
