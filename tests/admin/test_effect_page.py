"""The page that shows an edition's effect on everybody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains

from digest.composing import effect, looking
from digest.composing.links import find_bad_links, links_in
from digest.composing.models import Digest, Edition, LookAhead
from digest.delivery import effect_admin
from digest.papers.models import Paper
from tests.admin.conftest import Login
from tests.admin.test_editions import page
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_the_page_tells_readers_papers_sizes_and_cost(admin_client: Client, week: Edition) -> None:
    make_subscriber()
    make_subscriber()
    answer = admin_client.get(page(week, "effect"))
    assertContains(answer, "<b>2</b> get it", html=True)
    assertContains(answer, "Pick number 0")
    assertContains(answer, "Every reader looked at")
    assert not Digest.objects.exists()


def test_numbers_are_kept_until_the_edition_changes(admin_client: Client, week: Edition) -> None:
    admin_client.get(page(week, "effect"))
    make_subscriber()
    assert admin_client.get(page(week, "effect")).context["getting"] == 0
    assert admin_client.get(page(week, "effect") + "?anew").context["getting"] == 1
    make_subscriber()
    week.save()
    assert admin_client.get(page(week, "effect")).context["getting"] == 2


def test_where_time_runs_out_a_worker_looks_at_everybody(
    admin_client: Client, week: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_subscriber()
    monkeypatch.setattr(effect, "BATCH", 1)
    monkeypatch.setattr(effect_admin, "LONGEST_SECONDS", 0)
    monkeypatch.setattr(effect_admin, "hint_look", lambda _: True)
    address = page(week, "effect")
    assertContains(admin_client.get(address), "An estimate: 1 of 3 readers")
    assert not LookAhead.objects.exists()
    admin_client.post(address)
    assertContains(admin_client.get(address), "Waiting for a worker")
    looking.look(week.pk, now=now())
    assert admin_client.get(address + "?progress").json() == {"looked_at": 3, "readers": 3, "done": True}
    assertContains(admin_client.get(address), "Every reader looked at")


def test_without_a_broker_that_is_told_and_nothing_is_lost(
    admin_client: Client, week: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect_admin, "hint_look", lambda _: False)
    assertContains(admin_client.post(page(week, "effect"), follow=True), "No worker can be told now")
    assert looking.find_waiting(now=now()) == [week.pk]


def test_a_hostile_title_is_text(admin_client: Client, week: Edition) -> None:
    Paper.objects.filter(title="Pick number 0").update(title="<script>alert(1)</script>")
    answer = admin_client.get(page(week, "effect"))
    assert b"<script>alert(1)" not in answer.content


def test_bad_links_are_named(week: Edition) -> None:
    Edition.objects.update(
        intro="See [this](http://a.example.org) and [that](https://ok.example.org) or https://nowhere."
    )
    Paper.objects.filter(title="Pick number 1").update(code_url="https://user:pass@example.org/")
    week.refresh_from_db()
    problems = find_bad_links(week)
    assert len(problems) == 3
    assert any("does not begin with https" in problem for problem in problems)
    assert any("holds a password" in problem for problem in problems)
    assert links_in("[a](https://x.org/b) <https://y.org>") == ["https://x.org/b", "https://y.org"]


def test_who_may_look_at_editions_may_look_at_their_effect(staff: Login, week: Edition) -> None:
    client = staff("composing.view_edition")
    assert client.get(page(week, "effect")).status_code == 200
    assert client.get(reverse("admin:composing_edition_effect", args=[10**9])).status_code == 404


def test_strangers_may_not(client: Client, week: Edition) -> None:
    assert client.get(page(week, "effect")).status_code == 302
