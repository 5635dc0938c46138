"""Operators resend, erase, import and export; each is written down and none runs by accident."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from digest.desk import guard_cell
from subscriptions.models import Notice, Subscriber
from subscriptions.suppression import is_suppressed
from tests.factories import make_subscriber, make_topic

pytestmark = pytest.mark.django_db
IMPORT = reverse("admin:subscriptions_subscriber_import_table")
EXPORT = reverse("admin:subscriptions_subscriber_export_table")
TABLE = "email,status,consent_at\nada@example.org,active,2026-08-01\nbo@example.org,active,\nnonsense,,\n"


def page(reader: Subscriber, name: str) -> str:
    return reverse(f"admin:subscriptions_subscriber_{name}", args=[reader.pk])


def upload(client: Client, text: str, **asked: str) -> Any:
    file = SimpleUploadedFile("readers.csv", text.encode(), content_type="text/csv")
    return client.post(IMPORT, {"file": file, **asked}, follow=True)


def download(client: Client) -> list[list[str]]:
    answer = client.post(EXPORT)
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]  # a streaming answer


def test_a_confirmation_is_sent_again_to_who_has_not_confirmed(admin_client: Client) -> None:
    waiting, active = make_subscriber(state="pending"), make_subscriber()
    assertContains(admin_client.post(page(waiting, "resend"), follow=True), "goes out within seconds")
    assertContains(admin_client.post(page(active, "resend"), follow=True), "nothing to confirm")
    assert [(notice.kind, notice.subscriber) for notice in Notice.objects.all()] == [("confirm", waiting)]


def test_asking_again_and_again_is_limited(admin_client: Client) -> None:
    waiting = make_subscriber(state="pending")
    answers = [admin_client.post(page(waiting, "resend"), follow=True).content for _ in range(8)]
    assert b"had its share" in answers[-1]
    assert Notice.objects.count() < 8


def test_erasing_asks_first_and_leaves_a_hash(admin_client: Client) -> None:
    reader = make_subscriber("ada@example.org")
    assertContains(admin_client.get(page(reader, "erase_person")), "cannot be undone")
    assert Subscriber.objects.exists()
    admin_client.post(page(reader, "erase_person"))
    assert not Subscriber.objects.exists()
    assert is_suppressed(address="ada@example.org")
    assert LogEntry.objects.get().object_repr == f"Subscriber {reader.pk}"


def test_a_table_is_checked_before_it_is_stored(admin_client: Client) -> None:
    answer = upload(admin_client, TABLE)
    assertContains(answer, "Checked, and nothing stored.")
    assertContains(answer, "line 4")
    assert not Subscriber.objects.exists()


def test_a_stored_table_makes_only_those_active_who_consented(admin_client: Client) -> None:
    assertContains(upload(admin_client, TABLE, store="on"), "2 added")
    states = dict(Subscriber.objects.values_list("email", "state"))
    assert states == {"ada@example.org": "active", "bo@example.org": "pending"}
    assert "2 added" in LogEntry.objects.get().change_message
    assert not Notice.objects.exists()


@pytest.mark.parametrize("text", ["", "name\nada", "email,email\na@b.c", "\x00\x01", 'email\n"open'])
def test_what_is_no_table_is_explained(admin_client: Client, text: str) -> None:
    answer = upload(admin_client, text)
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]


def test_an_export_comes_back_by_import_and_is_written_down(admin_client: Client) -> None:
    make_subscriber("ada@example.org", follows=(make_topic("Robotics"),), hour=5)
    make_subscriber("gone@example.org", state="left")
    assertContains(admin_client.get(EXPORT), "1 reader who have not left")
    rows = download(admin_client)
    assert [row[0] for row in rows] == ["email", "ada@example.org"]
    assert "Exported 1 reader" in LogEntry.objects.get().change_message
    Subscriber.objects.all().delete()
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    upload(admin_client, text.getvalue(), store="on")
    back = Subscriber.objects.get()
    assert (back.email, back.hour, back.state) == ("ada@example.org", 5, "active")


def test_no_cell_of_an_export_is_a_formula(admin_client: Client) -> None:
    make_subscriber("ada@example.org", consent_source='=HYPERLINK("https://evil.example")')
    assert download(admin_client)[1][-1].startswith("'=")
    assert [guard_cell(cell) for cell in ("+1", "-1", "@x", "\tx", "plain")] == ["'+1", "'-1", "'@x", "'\tx", "plain"]


def test_the_readers_page_shows_their_consent_and_leads_to_events(admin_client: Client) -> None:
    reader = make_subscriber()
    reader.history.create(kind="confirmed", detail="by the link", at=reader.created_at)
    answer = admin_client.get(page(reader, "change"))
    assertContains(answer, "by the link")
    events = f"{reverse('admin:delivery_event_changelist')}?digest__subscriber__id__exact={reader.pk}"
    assert admin_client.get(events).status_code == 200
