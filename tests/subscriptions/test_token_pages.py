"""Pages behind mailed links: a look changes nothing, a press acts once, bad links say what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from subscriptions.links import confirm_link, leave_link, manage_link
from subscriptions.models import Notice, Subscriber
from subscriptions.tokens import make_confirm_token, make_leave_token, make_manage_token
from tests.subscriptions.people import NOW, make_person, make_reader, make_topics

pytestmark = pytest.mark.django_db
State = Subscriber.State
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def strict() -> Client:
    """A client that, like a mail provider, brings no CSRF token and no cookies."""
    return Client(enforce_csrf_checks=True)


def state_of(person: Subscriber) -> str:
    """The state the database holds now."""
    return Subscriber.objects.values_list("state", flat=True).get(pk=person.pk)


def leave_path(person: Subscriber) -> str:
    """The way out of one person."""
    return f"/leave/{make_leave_token(person.pk)}/"


def test_links_are_absolute_and_name_no_address(settings: Settings) -> None:
    settings.SITE_URL = "https://papers.example.org"
    person = make_reader()
    links = [
        confirm_link(subscriber_id=person.pk),
        manage_link(subscriber_id=person.pk, version=1),
        leave_link(subscriber_id=person.pk),
    ]
    assert all(link.startswith("https://papers.example.org/") and link.endswith("/") for link in links)
    assert not any("@" in link or "ada" in link for link in links)


def test_looking_at_any_token_page_changes_nothing(strict: Client) -> None:
    pending, reader = make_person("p@example.org"), make_reader()
    paths = [
        f"/confirm/{make_confirm_token(pending.pk)}/",
        f"/manage/{make_manage_token(reader.pk, version=1)}/",
        leave_path(reader),
        leave_path(pending),
    ]
    for path in paths:
        assert strict.get(path).status_code == strict.head(path).status_code == 200
        assert strict.put(path).status_code == 405
    assert (state_of(pending), state_of(reader)) == (State.PENDING, State.ACTIVE)
    assert not Notice.objects.exists()


@pytest.mark.parametrize("path", ["/confirm/x/", "/manage/x/", "/leave/x/", "/leave/1.x"])
def test_a_made_up_link_gets_a_page_with_404_that_says_what_to_do(strict: Client, path: str) -> None:
    for answer in (strict.get(path), strict.post(path)):
        assert answer.status_code == 404
        assert b"This link does not work" in answer.content
        check_headers(answer)


def check_headers(answer: HttpResponseBase) -> None:
    """What every token page carries."""
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer["X-Robots-Tag"]


def test_an_old_confirm_or_manage_link_gets_410_and_an_old_leave_link_works(strict: Client) -> None:
    person = make_reader()
    with time_machine.travel(NOW, tick=False) as clock:
        old = [f"/confirm/{make_confirm_token(person.pk)}/", f"/manage/{make_manage_token(person.pk, version=1)}/"]
        way_out = leave_path(person)
        clock.shift(timedelta(days=3650))
        for path in old:
            answer = strict.post(path)
            assert answer.status_code == 410
            assert b"no longer good" in answer.content
            check_headers(answer)
        assert strict.post(way_out).status_code == 200
    assert state_of(person) == State.LEFT


def test_the_confirm_button_confirms_and_a_second_click_says_already_done(strict: Client) -> None:
    person = make_person()
    path = f"/confirm/{make_confirm_token(person.pk)}/"
    assert b"Confirm my subscription" in strict.get(path).content
    first = strict.post(path)
    assert b"You are subscribed" in first.content
    check_headers(first)
    assert state_of(person) == State.ACTIVE
    for again in (strict.post(path), strict.get(path)):
        assert again.status_code == 200
        assert b"already confirmed" in again.content


def test_a_confirm_link_of_somebody_gone_says_sign_up_again(strict: Client) -> None:
    person = make_person(state=State.LEFT)
    path = f"/confirm/{make_confirm_token(person.pk)}/"
    assert strict.post(path).status_code == 410
    assert state_of(person) == State.LEFT
    person.delete()
    answer = strict.get(path)
    assert answer.status_code == 410
    assert b"Sign up again" in answer.content


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_leaves_at_once_without_cookies_or_redirect(strict: Client, slash: str, multipart: bool) -> None:
    person = make_reader()
    path = leave_path(person).rstrip("/") + slash
    body = {"data": {"List-Unsubscribe": "One-Click"}} if multipart else {"data": ONE_CLICK, "content_type": FORM}
    answer = strict.post(path, **body)
    assert (answer.status_code, answer.content) == (200, b"You are unsubscribed.\n")
    assert not answer.cookies
    check_headers(answer)
    person.refresh_from_db()
    assert (person.state, person.next_due_at) == (State.LEFT, None)
    assert person.left_at is not None
    assert not Notice.objects.exists()


def test_one_click_again_gives_the_same_answer_and_moves_nothing(strict: Client) -> None:
    person = make_reader()
    strict.post(leave_path(person), ONE_CLICK, content_type=FORM)
    left_at = Subscriber.objects.get().left_at
    again = strict.post(leave_path(person), ONE_CLICK, content_type=FORM)
    assert (again.status_code, again.content) == (200, b"You are unsubscribed.\n")
    assert Subscriber.objects.get().left_at == left_at


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", FORM), (b"broken", "multipart/form-data"), (b"{}", "application/json"), (b"x", "text/plain")],
)
def test_a_post_with_an_odd_body_still_leaves(strict: Client, body: bytes, content_type: str) -> None:
    person = make_reader()
    assert strict.post(leave_path(person), body, content_type=content_type).status_code == 200
    assert state_of(person) == State.LEFT


def test_the_button_leaves_with_a_page_and_a_last_mail(strict: Client) -> None:
    person = make_reader()
    assert b"Unsubscribe me" in strict.get(leave_path(person)).content
    answer = strict.post(leave_path(person), {"leave": "yes"})
    assert b"No further digest will be sent" in answer.content
    assert b"subscribe again" in answer.content
    strict.post(leave_path(person), {"leave": "yes"})
    assert state_of(person) == State.LEFT
    assert [notice.kind for notice in Notice.objects.all()] == [Notice.Kind.GOODBYE]
    assert b"You left before" in strict.get(leave_path(person)).content


def test_an_erased_person_is_told_they_are_not_on_the_list(strict: Client) -> None:
    person = make_reader()
    path = leave_path(person)
    person.delete()
    assert b"You are not on the list" in strict.get(path).content
    assert b"You are not on the list" in strict.post(path, {"leave": "yes"}).content
    assert strict.post(path, ONE_CLICK, content_type=FORM).content == b"You are not on the list.\n"


def test_someone_not_confirmed_yet_can_leave_too(strict: Client) -> None:
    person = make_person()
    strict.post(leave_path(person), ONE_CLICK, content_type=FORM)
    assert state_of(person) == State.LEFT


def test_the_preferences_page_shows_what_is_stored(strict: Client) -> None:
    make_topics()
    person = make_reader(timezone="Asia/Kathmandu", paper_limit=17)
    page = strict.get(f"/manage/{make_manage_token(person.pk, version=1)}/")
    text = page.content.decode()
    check_headers(page)
    assert "<option selected>Asia/Kathmandu</option>" in text
    assert 'value="17"' in text
    assert f'href="{leave_path(person)}"' in text
