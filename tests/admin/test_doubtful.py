"""Operators decide about digests that are refused or unknown; nothing else decides for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from digest.composing.models import Digest, Edition
from digest.delivery.report import account_for
from tests.admin.conftest import Login
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db
LIST = reverse("admin:composing_digest_changelist")


@pytest.fixture
def digests() -> dict[str, Digest]:
    """A digest in each state that matters here."""
    edition = Edition.objects.create(kind="week", period="2026-W32", frozen_at=NOW)
    days = {"first_day": date(2026, 7, 27), "last_day": date(2026, 8, 3), "slot_at": NOW}
    return {
        state: Digest.objects.create(
            subscriber=make_subscriber(), period="2026-W32", edition=edition, state=state, settled_at=NOW, **days
        )
        for state in ("unknown", "refused", "accepted", "composed")
    }


def act(client: Client, action: str, digests: dict[str, Digest]) -> dict[str, str]:
    chosen = {"action": action, "_selected_action": [digest.pk for digest in digests.values()]}
    answer = client.post(LIST, chosen, follow=True)
    assert answer.status_code == 200
    return {state: Digest.objects.get(pk=digest.pk).state for state, digest in digests.items()}


def test_send_again_takes_refused_and_unknown_and_leaves_the_others(
    admin_client: Client, digests: dict[str, Digest]
) -> None:
    states = act(admin_client, "send_again", digests)
    assert states == {"unknown": "retry", "refused": "retry", "accepted": "accepted", "composed": "composed"}


def test_mark_as_sent_takes_unknown_alone(admin_client: Client, digests: dict[str, Digest]) -> None:
    states = act(admin_client, "mark_as_sent", digests)
    assert states == {"unknown": "accepted", "refused": "refused", "accepted": "accepted", "composed": "composed"}


def test_who_may_only_look_cannot_decide(staff: Login, digests: dict[str, Digest]) -> None:
    client = staff("composing.view_digest")
    states = act(client, "send_again", digests)
    assert states == {state: state for state in digests}
    assert "send_again" not in client.get(LIST).content.decode()


def test_the_edition_page_and_the_report_tell_the_same_sum(
    admin_client: Client, digests: dict[str, Digest], capsys: pytest.CaptureFixture[str]
) -> None:
    edition = Edition.objects.get()
    account = account_for(edition, now=NOW)
    assert account.adds_up
    assert (account.eligible, account.left, account.percent_done) == (4, 1, 75)
    call_command("delivery_report", "2026-W32")
    out = capsys.readouterr().out
    assert "4 eligible, 75 % done" in out
    assert f"Not known whether it went: digest {digests['unknown'].pk}" in out
    assertContains(admin_client.get(reverse("admin:composing_edition_change", args=[edition.pk])), "75")


def test_the_report_foretells_the_end_from_the_pace_of_the_last_minutes(digests: dict[str, Digest]) -> None:
    Digest.objects.filter(state="accepted").update(accepted_at=NOW - timedelta(minutes=1))
    account = account_for(Edition.objects.get(), now=NOW)
    assert account.ends_at == NOW + timedelta(minutes=1 / account.per_minute)


def test_complaints_are_warned_about_before_they_stop_an_edition(
    admin_client: Client, settings: Any, digests: dict[str, Digest], capsys: pytest.CaptureFixture[str]
) -> None:
    settings.COMPLAINT_WARN = 0.5
    Digest.objects.exclude(state="composed").update(state="complained")
    call_command("delivery_report")
    assert "WARNING" in capsys.readouterr().out
    page = admin_client.get(reverse("admin:composing_edition_change", args=[Edition.objects.get().pk]))
    assertContains(page, "reported it as spam")


def test_a_report_on_an_edition_that_is_not_there_names_those_that_are(digests: dict[str, Digest]) -> None:
    with pytest.raises(CommandError, match="2026-W32"):
        call_command("delivery_report", "2027-W01")
