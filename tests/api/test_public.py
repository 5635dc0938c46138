"""What everybody may ask the API, in the reference's words."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from digest.composing.models import Edition, Pick
from subscriptions.models import Notice, Subscriber
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def titles(client: Client, query: str) -> list[str]:
    answer = client.get(f"/api/v1/papers?{query}")
    assert answer.status_code == 200, answer.content
    return [paper["title"] for paper in answer.json()["items"]]


@pytest.fixture
def week(db: None) -> None:
    make_paper("Monday", listed_on=date(2026, 8, 3), votes=1, trend=3.0, submitter="Mara")
    make_paper("Tuesday", listed_on=date(2026, 8, 4), votes=9, trend=2.0)
    make_paper("Last month", listed_on=date(2026, 7, 31), votes=5, trend=9.0)
    make_paper("Hidden", listed_on=date(2026, 8, 4), state="hidden")


@pytest.mark.usefixtures("week")
def test_a_day_a_week_and_a_month_list_their_papers(client: Client) -> None:
    assert titles(client, "date=2026-08-03") == ["Monday"]
    assert titles(client, "week=2026-W32") == ["Monday", "Tuesday"]
    assert titles(client, "month=2026-08&sort=publishedAt") == ["Tuesday", "Monday"]
    assert titles(client, "month=2026-08&sort=votes") == ["Tuesday", "Monday"]
    assert titles(client, "date=2026-08-05") == []
    assert titles(client, "") == ["Tuesday"]


@pytest.mark.usefixtures("week")
def test_submitter_topic_pages_and_limits_narrow(client: Client) -> None:
    make_paper("Filed", topics=(make_topic("Robots"),), listed_on=date(2026, 8, 3))
    assert titles(client, "week=2026-W32&submitter=Mara") == ["Monday"]
    assert titles(client, "week=2026-W32&topic=robots") == ["Filed"]
    assert titles(client, "week=2026-W32&limit=1&p=1") == ["Tuesday"]
    answer = client.get("/api/v1/papers?week=2026-W32&limit=1").json()
    assert (answer["total"], answer["first_day"], answer["last_day"]) == (3, "2026-08-03", "2026-08-09")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("date=2026-13-40", "date"),
        ("week=2026-W60", "week"),
        ("month=August", "month"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("p=-1", "p"),
        ("sort=best", "sort"),
        ("topic=nowhere", "topic"),
        ("submitter=a%00b", "submitter"),
    ],
)
def test_a_wrong_word_is_named_in_a_typed_error(client: Client, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/papers?{query}")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert [found["field"].split(".")[-1] for found in error["fields"]] == [field]


def test_two_spans_at_once_are_refused(client: Client) -> None:
    answer = client.get("/api/v1/papers?date=2026-08-03&week=2026-W32")
    assert "one of" in answer.json()["error"]["message"]


def test_one_paper_and_none(client: Client) -> None:
    paper = make_paper("Alone", topics=(make_topic("Robots"),))
    assert client.get(f"/api/v1/papers/{paper.pk}").json()["topics"] == ["robots"]
    for number in (paper.pk + 1, 10**30):
        answer = client.get(f"/api/v1/papers/{number}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_search_finds_and_says_why(client: Client) -> None:
    make_paper("Grasping with soft hands", arxiv_id="2608.00001")
    [hit] = client.get("/api/v1/search?q=2608.00001").json()["items"]
    assert (hit["kind"], hit["paper"]["title"]) == ("exact", "Grasping with soft hands")
    assert client.get("/api/v1/search?q=").status_code == 422


def test_topics_and_editions_that_are_out(client: Client) -> None:
    make_topic("Robots")
    assert "robots" in [topic["slug"] for topic in client.get("/api/v1/topics").json()]
    edition = Edition.objects.create(period="2026-W32", title="Hands", state="approved", approved_at=NOW)
    Edition.objects.create(period="2026-W33", title="Draft")
    Pick.objects.create(edition=edition, paper=make_paper("Chosen"), note="Read this")
    assert [found["title"] for found in client.get("/api/v1/editions").json()] == ["Hands"]
    [pick] = client.get("/api/v1/editions/2026-W32").json()["picks"]
    assert (pick["paper"]["title"], pick["note"]) == ("Chosen", "Read this")
    assert client.get("/api/v1/editions/2026-W33").status_code == 404


def sign_up(client: Client, **body: Any) -> Any:
    return client.post("/api/v1/subscribe", json.dumps(body), content_type="application/json")


@pytest.mark.usefixtures("broker")
def test_subscribing_owes_a_confirmation_and_tells_nothing(client: Client) -> None:
    make_topic("Robots")
    known = make_subscriber("known@example.org")
    new = sign_up(client, email="new@example.org", topics=["robots"], keywords=["grasping"], cadence="daily", hour=0)
    old = sign_up(client, email=known.email)
    assert (new.status_code, new.content) == (old.status_code, old.content) == (202, old.content)
    person = Subscriber.objects.get(email="new@example.org")
    assert (person.state, person.cadence, person.hour) == ("pending", "daily", 0)
    assert Notice.objects.filter(subscriber=person, kind="confirm").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org", "topics": ["nowhere"]}, "topics"),
        ({"email": "a@example.org", "timezone": "Mars/Base"}, "timezone"),
        ({"email": "a@example.org", "hour": 24}, "hour"),
        ({"email": "a@example.org", "cadense": "daily"}, "cadense"),
        ({}, "email"),
    ],
)
def test_a_signup_that_makes_no_sense_is_refused_by_name(client: Client, body: dict[str, Any], field: str) -> None:
    answer = sign_up(client, **body)
    assert answer.status_code == 422
    assert field in str(answer.json()["error"]["fields"])
    assert not Subscriber.objects.exists()


@pytest.mark.usefixtures("broker")
def test_each_network_has_a_share(client: Client, settings: Any) -> None:
    settings.API_RATE_ANONYMOUS = 2
    codes = [client.get("/api/v1/topics").status_code for _ in range(3)]
    assert codes.count(429) >= 1 or codes == [200, 200, 200]
    while (answer := client.get("/api/v1/topics")).status_code != 429:
        pass
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["error"]["code"] == "too_many_requests"
    assert client.get("/api/v1/topics", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_without_a_broker_each_process_counts_for_itself(client: Client, settings: Any) -> None:
    settings.REDIS_URL, settings.API_RATE_ANONYMOUS = "unix:///nowhere.sock?db=0", 1
    codes = {client.get("/api/v1/topics", REMOTE_ADDR="203.0.113.77").status_code for _ in range(4)}
    assert codes == {200, 429}


def test_the_document_is_openapi_3_1_and_holds_every_address(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in ("papers", "search", "topics", "editions", "subscribe", "papers/import", "subscribers"):
        assert f"/api/v1/{path}" in document["paths"]
    assert client.get("/api/v1/docs").status_code == 404


def test_an_unknown_address_and_a_crash_are_typed_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("nothing", "subscribers/1%0A2", "%0A"):
        assert client.post(f"/api/v1/{address}").json()["error"]["code"] == "not_found"
    monkeypatch.setattr("digest.api.public.public_editions", lambda: 1 / 0)
    answer = client.get("/api/v1/editions")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "failed")
    assert "ZeroDivision" not in answer.content.decode()


def test_a_wrong_method_is_typed_and_says_which_is_right(client: Client) -> None:
    answer = client.delete("/api/v1/papers")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_body_that_is_no_json_gets_an_answer_that_the_document_tells_of(client: Client) -> None:
    answer = client.post("/api/v1/subscribe", b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    document = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"400", "413", "422", "429"} <= set(document["/api/v1/subscribe"]["post"]["responses"])


@pytest.mark.parametrize("period", ["2026-W3", "August", "2026-08-03-01", "2026-W32%0A", "x" * 300])
def test_a_period_is_written_as_a_day_a_week_or_a_month(client: Client, period: str) -> None:
    answer = client.get(f"/api/v1/editions/{period}")
    assert (answer.status_code, answer.json()["error"]["fields"][0]["field"]) == (422, "period")
