"""The roles that a new installation has, and what each is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from digest.api.models import ApiToken
from digest.api.tokens import make_token
from digest.composing.models import Digest, Edition
from digest.delivery.models import Event
from digest.hooks.gather import add_hook
from digest.hooks.models import Hook, HookCall
from subscriptions.models import Subscriber
from tests.admin.test_editions import page
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
ADDRESS = "ada.lovelace@example.org"


@pytest.fixture
def role(db: None) -> As:
    """Somebody who has this role alone, logged in."""

    def log_in(name: str) -> Client:
        user = User.objects.create_user(name.lower(), "staff@example.org", "helper-pass-1", is_staff=True)
        user.groups.add(Group.objects.get(name=name))
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def reader(week: Edition) -> Subscriber:
    """A reader with a digest that a provider spoke about."""
    person = make_subscriber(ADDRESS)
    days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    digest = Digest.objects.create(subscriber=person, period="2026-W32", edition=week, state="bounced", **days)
    payload = {"to": ADDRESS}
    Event.objects.create(provider="x", key="1", kind="hard", digest=digest, detail=f"550 {ADDRESS}", payload=payload)
    return person


def pages_about(reader: Subscriber) -> list[str]:
    digest, event = Digest.objects.get(), Event.objects.get()
    return [
        reverse("admin:subscriptions_subscriber_changelist"),
        reverse("admin:subscriptions_subscriber_change", args=[reader.pk]),
        reverse("admin:composing_digest_changelist"),
        reverse("admin:composing_digest_change", args=[digest.pk]),
        reverse("admin:delivery_event_changelist"),
        reverse("admin:delivery_event_change", args=[event.pk]),
    ]


def test_no_role_may_touch_accounts(role: As) -> None:
    for name in ("Viewer", "Curator", "Operator"):
        assert role(name).get(reverse("admin:auth_user_changelist")).status_code == 403
    assert not Group.objects.filter(permissions__content_type__app_label="auth").exists()


@pytest.mark.parametrize("name", ["Viewer", "Curator"])
def test_addresses_are_hidden_everywhere(role: As, reader: Subscriber, name: str) -> None:
    client = role(name)
    for url in pages_about(reader):
        answer = client.get(url)
        assert answer.status_code in {200, 403}
        assertNotContains(answer, "lovelace", status_code=answer.status_code)
    assert client.get(pages_about(reader)[1]).status_code == 200
    find = client.post(reverse("admin:subscriptions_subscriber_find"), {"address": ADDRESS})
    assert find.status_code == 403


def test_an_operator_sees_addresses(role: As, reader: Subscriber) -> None:
    client = role("Operator")
    assertContains(client.get(pages_about(reader)[0]), ADDRESS)
    assertContains(client.get(pages_about(reader)[5]), ADDRESS)


def test_a_viewer_changes_nothing(role: As, week: Edition, reader: Subscriber) -> None:
    client, paper = role("Viewer"), make_paper()
    person = [reader.pk]
    for url in (
        reverse("admin:papers_paper_change", args=[paper.pk]),
        reverse("admin:papers_paper_add"),
        page(week, "change"),
        page(week, "approve_edition"),
        page(week, "schedule_edition"),
        page(week, "pause_edition"),
        page(week, "cancel_edition"),
        reverse("admin:subscriptions_subscriber_change", args=person),
        reverse("admin:subscriptions_subscriber_unsubscribe", args=person),
        reverse("admin:subscriptions_subscriber_erase_person", args=person),
        reverse("admin:subscriptions_subscriber_export_table"),
        reverse("admin:subscriptions_subscriber_import_table"),
    ):
        assert client.post(url).status_code == 403, url
    assert Subscriber.objects.get().state == "active"


def test_a_curator_approves_and_touches_no_reader(role: As, week: Edition, reader: Subscriber) -> None:
    client = role("Curator")
    for name in ("unsubscribe", "erase_person", "resend"):
        assert client.post(reverse(f"admin:subscriptions_subscriber_{name}", args=[reader.pk])).status_code == 403
    assert client.post(reverse("admin:subscriptions_subscriber_export_table")).status_code == 403
    client.post(page(week, "approve_edition"))
    assert Edition.objects.get().state == "approved"


def test_an_operator_stops_an_edition_and_approves_none(role: As, week: Edition) -> None:
    client = role("Operator")
    assert client.post(page(week, "approve_edition")).status_code == 403
    Edition.objects.update(frozen_at=NOW)
    assert client.post(page(week, "pause_edition")).status_code == 302
    assert Edition.objects.get().paused_at is not None


@pytest.mark.parametrize(("name", "status"), [("Viewer", 403), ("Curator", 403), ("Operator", 200)])
def test_only_an_operator_sees_tokens_and_hooks(role: As, name: str, status: int) -> None:
    client = role(name)
    for model in ("api_apitoken", "hooks_hook", "hooks_hookcall"):
        assert client.get(reverse(f"admin:{model}_changelist")).status_code == status, model


def test_an_operator_revokes_tokens_silences_hooks_and_repeats_calls(role: As) -> None:
    make_token(name="library", scopes=[], now=NOW)
    hook = add_hook(url="https://other.example.org/hear", kinds=["edition.sent"], now=NOW)
    call = HookCall.objects.create(hook=hook, kind="edition.sent", reference="1", state="failed", happened_at=NOW)
    client, token = role("Operator"), ApiToken.objects.get()
    for model, action, row in (("api_apitoken", "revoke", token), ("hooks_hookcall", "try_again", call)):
        client.post(reverse(f"admin:{model}_changelist"), {"action": action, "_selected_action": [row.pk]})
    client.post(reverse("admin:hooks_hook_change", args=[hook.pk]), {})
    assert ApiToken.objects.exclude(revoked_at=None).exists()
    assert HookCall.objects.get().state == "waiting"
    assert not Hook.objects.get().is_active
