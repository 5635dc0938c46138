"""What readers ask for at the desk: suggested papers and claimed ones, decided by buttons and not by fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from subscriptions.claiming import confirmed_profiles
from subscriptions.models import AuthorClaim, Suggestion
from tests.admin.conftest import Login
from tests.factories import make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LISTS = {
    "suggestion": reverse("admin:subscriptions_suggestion_changelist"),
    "claim": reverse("admin:subscriptions_authorclaim_changelist"),
}


def press(client: Client, name: str, action: str, *rows: Any) -> Any:
    asked = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(LISTS[name], asked, follow=True)


@pytest.fixture
def claim() -> AuthorClaim:
    """A claim that waits."""
    paper = make_paper(authors=["Ida Renn"])
    profile = "https://me.example.org/"
    return AuthorClaim.objects.create(subscriber=make_subscriber(), paper=paper, name="Ida Renn", profile_url=profile)


def test_a_claim_is_confirmed_refused_and_written_down(admin_client: Client, claim: AuthorClaim) -> None:
    assertContains(press(admin_client, "claim", "confirm_selected", claim), "1 confirmed.")
    assert confirmed_profiles(claim.paper) == {"Ida Renn": "https://me.example.org/"}
    assertContains(press(admin_client, "claim", "confirm_selected", claim), "0 confirmed. 1 were so already.")
    press(admin_client, "claim", "refuse_selected", claim)
    assert confirmed_profiles(claim.paper) == {}
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Confirmed.", "Refused."]


def test_suggestions_are_taken_or_not(admin_client: Client) -> None:
    one, other = (Suggestion.objects.create(name=f"2603.0123{n}") for n in range(2))
    assertContains(press(admin_client, "suggestion", "take_selected", one), "1 taken.")
    press(admin_client, "suggestion", "refuse_selected", other)
    assert set(Suggestion.objects.values_list("name", "state")) == {(one.name, "taken"), (other.name, "refused")}


def test_no_form_takes_a_state(admin_client: Client, claim: AuthorClaim) -> None:
    row = Suggestion.objects.create(name="2603.01234")
    for name, one in (("authorclaim", claim), ("suggestion", row)):
        admin_client.post(reverse(f"admin:subscriptions_{name}_change", args=[one.pk]), {"state": "refused"})
        one.refresh_from_db()
        assert one.state in {"claimed", "waiting"}


def test_a_viewer_decides_nothing(staff: Login, claim: AuthorClaim) -> None:
    client = staff("subscriptions.view_authorclaim")
    press(client, "claim", "confirm_selected", claim)
    claim.refresh_from_db()
    assert claim.state == "claimed"
