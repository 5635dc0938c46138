"""Every page of the desk opens, at a fixed price."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.conftest import Login, fill_desk

pytestmark = pytest.mark.django_db
MODELS = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
OURS = [name for name in MODELS if not name.startswith("auth_")]
ADDED = ["auth_group", "auth_user", "composing_edition", "papers_paper", "papers_source", "papers_topic"]
LOOKED_AT = {
    "composing_digest",
    "delivery_event",
    "papers_importrun",
    "subscriptions_notice",
    "subscriptions_subscriber",
}


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", MODELS)
def test_every_list_opens(admin_client: Client, name: str) -> None:
    fill_desk(2)
    assert admin_client.get(reverse(f"admin:{name}_changelist")).status_code == 200


@pytest.mark.parametrize("name", OURS)
def test_a_list_costs_the_same_for_many_rows(admin_client: Client, name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    fill_desk(1)
    admin_client.get(url)
    few = count_queries(admin_client, url)
    fill_desk(6)
    assert count_queries(admin_client, url) == few <= 12


@pytest.mark.parametrize("name", OURS)
def test_an_address_that_holds_no_number_leads_back_to_the_desk(admin_client: Client, name: str) -> None:
    answer = admin_client.get(reverse(f"admin:{name}_change", args=["import"]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:index")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", MODELS)
def test_every_row_opens(admin_client: Client, name: str) -> None:
    fill_desk(1)
    model = apps.get_model(name.replace("_", "."))
    row = model._default_manager.first()
    if row is not None:
        assert admin_client.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", ["composing_edition", "subscriptions_subscriber"])
def test_a_row_costs_the_same_with_many_rows_below_it(admin_client: Client, name: str) -> None:
    fill_desk(1)
    row = apps.get_model(name.replace("_", "."))._default_manager.get()
    url = reverse(f"admin:{name}_change", args=[row.pk])
    admin_client.get(url)
    assert count_queries(admin_client, url) <= 25


@pytest.mark.parametrize("name", [*ADDED, "subscriptions_suppression"])
def test_what_people_add_has_a_form(admin_client: Client, name: str) -> None:
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 200


@pytest.mark.parametrize("name", sorted(LOOKED_AT))
def test_what_the_machine_writes_is_only_looked_at(admin_client: Client, name: str) -> None:
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 403
    fill_desk(1)
    row = apps.get_model(name.replace("_", "."))._default_manager.get()
    assert admin_client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_rejected_records_are_readable_and_escaped(admin_client: Client) -> None:
    fill_desk(1)
    run = apps.get_model("papers", "ImportRun")._default_manager.get()
    page = admin_client.get(reverse("admin:papers_importrun_change", args=[run.pk])).content.decode()
    assert "Record 3: no title “&lt;b&gt;bold&lt;/b&gt;”" in page


def test_somebody_without_permissions_sees_an_empty_desk(staff: Login) -> None:
    client = staff()
    assert client.get(reverse("admin:index")).status_code == 200
    codes = {client.get(reverse(f"admin:{name}_changelist")).status_code for name in MODELS}
    assert codes == {403}


def test_strangers_are_asked_to_log_in_and_land_on_the_desk(client: Client, admin_user: object) -> None:
    assert client.get(reverse("admin:papers_paper_changelist")).status_code == 302
    answer = client.post(reverse("admin:login"), {"username": "admin", "password": "password"})
    assert answer.headers["Location"] == reverse("admin:index")
