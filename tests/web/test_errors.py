"""Every trouble has a designed page, and none of those needs the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from digest.web.errors import bad_request, permission_denied, server_error


def test_an_unknown_address_gets_a_designed_page(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert b"This page is not in the stack" in response.content


@pytest.mark.parametrize("handler, status, words", [
    (bad_request, 400, "made no sense"),
    (permission_denied, 403, "not open to you"),
])  # fmt: skip
def test_other_refusals_are_designed_too(rf: RequestFactory, handler: object, status: int, words: str) -> None:
    assert callable(handler)
    response = handler(rf.get("/"), Exception("secret words"))
    assert response.status_code == status
    assert words in response.content.decode()
    assert "secret words" not in response.content.decode()


@pytest.mark.parametrize(("path", "way_on"), [("/admin/auth/user/", "Back to the desk"), ("/lists/", "See this week")])
def test_whoever_is_refused_is_shown_a_way_on(rf: RequestFactory, path: str, way_on: str) -> None:
    assert way_on in permission_denied(rf.get(path), Exception()).content.decode()


def test_a_fault_of_ours_is_answered_without_the_database(rf: RequestFactory) -> None:
    # No database mark on this test: any question to it would raise.
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"Something broke on our side" in response.content
    assert b"Paperboy" in response.content


def test_a_form_without_its_cookie_is_told_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/")
    assert response.status_code == 403
    assert b"Please send the form once more" in response.content


@pytest.mark.django_db
def test_error_pages_ask_the_database_nothing(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(0):
        client.get("/papers/week/2026-W54/")


def test_crawlers_are_kept_from_private_pages(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    for path in ("/manage/", "/leave/", "/confirm/", "/mailbox/"):
        assert f"Disallow: {path}" in response.content.decode()


def test_no_page_has_styles_or_scripts_inside_it() -> None:
    for template in Path(settings.BASE_DIR, "templates", "site").glob("*.html"):
        text = template.read_text()
        assert "<style" not in text
        assert " style=" not in text
        assert "<script" not in text.replace('<script src="{% static', "")


NUL_PATHS = [
    "/editions/%00/",
    "/editions/%00.atom",
    "/lists/%00/",
    "/feed/%00/",
    "/my-feed/%00.atom",
    "/papers/day/%00/",
    "/papers/week/2026-W01%00/",
    "/mailbox/%00/",
    "/manage/%00/",
    "/leave/%00/",
    "/confirm/%00/",
    "/feedback/%00/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", NUL_PATHS)
def test_a_zero_byte_in_a_path_finds_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["topic", "submitter", "organisation", "source", "order", "page", "q"])
@pytest.mark.parametrize("path", ["/", "/papers/month/2026-07/", "/search/", "/feed/"])
def test_a_zero_byte_in_a_query_breaks_nothing(client: Client, path: str, words: str) -> None:
    assert client.get(f"{path}?{words}=a%00b").status_code in (200, 404)
