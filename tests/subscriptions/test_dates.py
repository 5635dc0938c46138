"""Dates in a reader's language: names, order and runs; the words around them stay English."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from digest.composing.book import open_book
from digest.composing.models import Digest
from digest.composing.presentation import present_digest
from digest.composing.rows import row_of
from subscriptions.dates import write_day, write_days
from subscriptions.models import DateLanguage, Subscriber
from subscriptions.tokens import make_manage_token
from tests.factories import NOW, make_subscriber

MONDAY = date(2026, 8, 3)


@pytest.mark.parametrize("choice", DateLanguage)
def test_each_choice_looks_as_its_label_says(choice: DateLanguage) -> None:
    assert choice.label.endswith(write_day(MONDAY, choice))


def test_weekdays_and_runs_of_days() -> None:
    assert write_day(MONDAY, weekday=True) == "Monday, 3 August 2026"
    assert write_day(MONDAY, "de", weekday=True) == "Montag, 3. August 2026"
    assert write_day(MONDAY, "ja", weekday=True) == "2026年8月3日(月曜日)"
    assert write_days(date(2026, 7, 27), MONDAY) == "27 July to 3 August 2026"
    assert write_days(date(2026, 7, 27), MONDAY, "iso") == "2026-07-27 – 2026-08-03"
    assert write_day(MONDAY, "no-such-language") == "3 August 2026"


def test_writing_a_date_leaves_the_language_of_the_thread_alone() -> None:
    before = translation.get_language()
    write_day(date(2026, 8, 4), "pl")
    assert translation.get_language() == before


@pytest.mark.django_db
def test_mails_and_the_readers_page_use_the_choice(client: Client) -> None:
    person = make_subscriber(next_due_at=NOW)
    path = f"/manage/{make_manage_token(person.pk, version=1)}/"
    form = {"timezone": "UTC", "paper_limit": "10", "date_language": "de"}
    assert "Montag, 3. August 2026" in client.post(path, form, follow=True).content.decode()
    assert Subscriber.objects.get().date_language == "de"
    digest = Digest(subscriber=Subscriber.objects.get(), period="2026-W32", first_day=MONDAY, last_day=MONDAY)
    assert present_digest(digest, open_book([digest])).date_line == "Week 32 · 3. August 2026"
    assert present_digest(row_of(digest), open_book([digest])).date_line == "Week 32 · 3. August 2026"
