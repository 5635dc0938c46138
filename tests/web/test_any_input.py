"""Whatever is typed into an address or a form: a designed page answers, never an error of ours."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import Attempt
from tests.factories import make_paper
from tests.journeys.visits import make_pages

pytestmark = pytest.mark.django_db
slow = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
# Surrogates cannot be sent; everything else can.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["\0", "%00", "../" * 9, "\u202eabc", "9" * 30, "-1", "²", "2026-W99", "None", "' OR 1=1 --", "{{7*7}}"]
)
WORDS = [
    "q", "topic", "order", "sort", "page", "p", "limit", "date", "week", "month", "submitter", "organisation",
    "source", "from", "to", "code", "since", "until",
]  # fmt: skip
LISTINGS = [
    "/",
    "/papers/day/2026-08-03/",
    "/papers/week/2026-W32/",
    "/search/",
    "/editions/",
    "/feed/",
    "/search.json",
]
FOLDERS = [
    "papers/day", "papers/week", "papers", "lists", "editions", "feed", "my-feed", "mailbox", "f", "leave", "confirm",
    "manage", "never", "move", "confirm/x/first",
]  # fmt: skip
SIGNUP = ["email", "stamp", "topics", "keywords", "liked", "cadence", "weekday", "hour", "timezone", "website"]
GLASS = [
    "pause", "until", "resume", "move", "move-email", "interest", "step", "topics", "keywords", "hour", "timezone",
    "paper_limit", "date_language", "layout", "follow", "kind", "forget", "like", "liked", "unhide", "count",
]  # fmt: skip
FINE = {200, 301, 302, 400, 403, 404, 405, 410, 422, 429}


@pytest.fixture
def paths() -> list[str]:
    """One address of every kind of page; the rows behind them live as long as the test."""
    return list(make_pages().values())


@slow
@given(st.sampled_from(LISTINGS), st.dictionaries(st.sampled_from(WORDS), anything, max_size=5))
def test_any_query_string_gets_a_page(client: Client, path: str, query: dict[str, str]) -> None:
    make_paper("Slow Grippers", abstract="We grip.")
    answer = client.get(f"{path}?{urlencode(query)}")
    assert answer.status_code in FINE
    assert answer.content or answer.status_code == 302


@slow
@given(anything, st.sampled_from(FOLDERS))
def test_any_address_gets_a_page(client: Client, name: str, folder: str) -> None:
    for path in (f"/{folder}/{quote(name, safe='')}/", f"/{folder}/{quote(name, safe='')}.json"):
        answer = client.get(path)
        assert answer.status_code in FINE
        assert answer.status_code in {301, 302} or b"<h1" in answer.content or b"{" in answer.content


@pytest.mark.parametrize("path", ["/search/", "/search.atom", "/"])
@pytest.mark.parametrize("text", ["coarse " * 1500, "𝔘" * 10_000, '"' * 10_000, "\0" * 10_000, "a" * 10_000])
def test_ten_thousand_characters_are_a_search_too(client: Client, path: str, text: str) -> None:
    assert client.get(path, {"q": text, "submitter": text, "topic": text, "page": text}).status_code == 200


@slow
@given(st.data())
def test_a_tampered_link_opens_nothing(client: Client, paths: list[str], data: st.DataObject) -> None:
    signed = [path for path in paths if path.count(".") > 1 or path.startswith("/f/")]
    path = data.draw(st.sampled_from(signed))
    token = path.split("/")[2]
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("aZ0-._~²"))
    other = token[:place] + letter + token[place + 1 :]
    answer = client.get(path.replace(token, quote(other)))
    assert answer.status_code in ({404, 410} if other != token else {200})


@slow
@given(st.dictionaries(st.sampled_from(SIGNUP), anything))
def test_any_signup_gets_a_page(client: Client, form: dict[str, str]) -> None:
    Attempt.objects.all().delete()
    for path in ("/subscribe/", "/subscribe/preview/", "/manage/"):
        assert client.post(path, form).status_code in {200, 422}


@slow
@given(st.dictionaries(st.sampled_from(GLASS), anything))
def test_anything_sent_to_a_readers_own_page_gets_a_page(
    client: Client, paths: list[str], form: dict[str, str]
) -> None:
    Attempt.objects.all().delete()
    assert client.post(paths[0], form).status_code in {200, 302, 422}
