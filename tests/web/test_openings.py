"""Opened papers: counted only for readers who turned it on, once, not by a look, and never for a machine."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page

from digest.composing.book import open_book
from digest.composing.models import Digest
from digest.composing.presentation import present_digest
from digest.papers.models import Paper
from digest.rendering.render import render_digest
from subscriptions.models import ConsentEvent, Opening, Subscriber
from subscriptions.tokens import make_manage_token
from tests.factories import NOW, make_digest, make_paper, make_subscriber, path_in

pytestmark = pytest.mark.django_db


def letting(**values: Any) -> Subscriber:
    return make_subscriber(counts_clicks=True, **values)


def link_to(paper: Paper, reader: Subscriber, **values: Any) -> str:
    return path_in(make_digest(reader, paper, **values), f"{paper.pk}/open/")


def own_page(person: Subscriber) -> str:
    return f"/manage/{make_manage_token(person.pk, version=person.token_version)}/"


def mail_of(digest: Digest) -> tuple[str, str]:
    mail = render_digest(present_digest(digest, open_book([digest])))
    return mail.html, mail.text


@pytest.mark.parametrize("layout", ["full", "compact"])
def test_titles_lead_to_the_paper_itself_unless_the_reader_lets_us_count(settings: Any, layout: str) -> None:
    papers = [make_paper(abstract="We grip."), make_paper()]
    plain = mail_of(make_digest(make_subscriber(layout=layout), *papers))
    counted = make_digest(letting(layout=layout), *papers)
    for part, own in zip(plain, mail_of(counted), strict=True):
        for paper in papers:
            assert "/open/" not in part
            assert f"{settings.SITE_URL}{paper.get_absolute_url()}" in part
            assert f"{settings.SITE_URL}{path_in(counted, f'{paper.pk}/open/')}" in own
            assert f"{settings.SITE_URL}{paper.get_absolute_url()}" not in own


def test_a_look_shows_the_paper_and_records_nothing(client: Client, settings: Any) -> None:
    paper = make_paper("Grip", abstract="We grip.")
    page = client.get(link_to(paper, letting()))
    text = page.content.decode()
    assert "We grip." in text
    assert f'rel="canonical" href="{settings.SITE_URL}{paper.get_absolute_url()}"' in text
    assert re.search(r'src="[^"]*opened[^"]*\.js"', text)
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "same-origin")
    assert not Opening.objects.exists()


def test_an_opening_is_recorded_once_and_needs_no_cookie() -> None:
    strict = Client(enforce_csrf_checks=True)
    paper, reader = make_paper(), letting()
    path = link_to(paper, reader)
    assert [strict.post(path).status_code for _ in range(2)] == [204, 204]
    row = Opening.objects.get()
    assert (row.subscriber, row.paper, row.period, row.made_by_machine) == (reader, paper, "2026-W32", False)


def test_nothing_is_recorded_of_readers_who_did_not_turn_it_on(client: Client) -> None:
    path = link_to(make_paper(), make_subscriber())
    assert b"opened" not in client.get(path).content
    assert client.post(path).status_code == 204
    assert not Opening.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_an_opening_seconds_after_delivery_is_a_machines_until_a_person_comes(client: Client) -> None:
    path = link_to(make_paper(), letting(), accepted_at=NOW - timedelta(seconds=5))
    client.post(path)
    assert Opening.objects.get().made_by_machine is True
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client.post(path)
    assert Opening.objects.get().made_by_machine is False


def test_a_burst_is_a_machines_as_a_whole(client: Client) -> None:
    papers = [make_paper() for _ in range(5)]
    digest = make_digest(letting(), *papers)
    for number, paper in enumerate(papers):
        with time_machine.travel(NOW + timedelta(seconds=number / 2), tick=False):
            client.post(path_in(digest, f"{paper.pk}/open/"))
    assert Opening.objects.filter(made_by_machine=True).count() == 5


def test_a_reader_turns_it_on_and_off_again_and_what_was_counted_is_gone(client: Client) -> None:
    reader = make_subscriber()
    path = link_to(make_paper(), reader)
    assert "Nothing, unless you turn it on" in client.get(own_page(reader)).content.decode()
    assert b"sums only" in client.post(own_page(reader), {"count": "yes"}, follow=True).content
    client.post(path)
    assert Opening.objects.count() == 1
    assert b"forgotten" in client.post(own_page(reader), {"count": "no"}, follow=True).content
    client.post(path)
    assert not Opening.objects.exists()
    told = ConsentEvent.objects.values_list("detail", flat=True)
    assert list(told) == ["lets us count opened papers", "opened papers are not counted"]


def test_saving_other_choices_turns_nothing_on_or_off(client: Client) -> None:
    for person in (make_subscriber(), letting()):
        client.post(own_page(person), {"timezone": "UTC", "paper_limit": "7"})
        stored = Subscriber.objects.get(pk=person.pk)
        assert (stored.paper_limit, stored.counts_clicks) == (7, person.counts_clicks)


def test_the_download_holds_what_was_opened_and_erasing_takes_it(client: Client) -> None:
    reader = letting()
    client.post(link_to(make_paper("Grip"), reader))
    data = client.post(own_page(reader) + "data/", {"export": "yes"}).json()
    assert data["lets_us_count_opened_papers"] is True
    assert [row["paper__title"] for row in data["opened_papers"]] == ["Grip"]
    client.post(own_page(reader) + "data/", {"erase": "yes", "sure": "yes"})
    assert not Opening.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_tampered_links_and_papers_that_are_gone_get_the_designed_page(client: Client, method: str) -> None:
    paper, reader = make_paper(), letting()
    path = link_to(paper, reader)
    ask = getattr(client, method)
    assert ask(path.replace("2026-W32", "2026-W31")).status_code == 404
    assert ask(path.replace(f"/{paper.pk}/", "/999999/")).status_code == 410
    Paper.objects.update(state=Paper.State.HIDDEN)
    gone = ask(path)
    assert (gone.status_code, gone["Referrer-Policy"]) == (410, "no-referrer")
    assert not Opening.objects.exists()


def test_an_opening_costs_a_fixed_number_of_queries(client: Client) -> None:
    papers = [make_paper() for _ in range(9)]
    counts = []
    for size in (1, 9):
        digest = make_digest(letting(), *papers[:size])
        with CaptureQueriesContext(connection) as queries:
            client.post(path_in(digest, f"{papers[0].pk}/open/"))
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_that_shows_the_page_tells_of_it_and_its_forms_work(live_site: str, page: Page) -> None:
    reader, paper = letting(), make_paper("Grip")
    page.goto(live_site + own_page(reader))
    with page.expect_response(lambda answer: answer.request.method == "POST") as told:
        page.goto(live_site + link_to(paper, reader))
    assert told.value.status == 204
    assert Opening.objects.get().paper == paper
    page.get_by_role("button", name="Upvote").click()
    page.get_by_role("button", name="You voted").wait_for()
