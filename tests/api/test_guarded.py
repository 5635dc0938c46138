"""What needs a token: nothing without it, nothing beyond its scopes."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.timezone import now

from digest.api.models import ApiToken
from digest.api.tokens import find_token, hash_key, make_token
from digest.composing.models import Edition
from digest.papers.models import Paper, Source
from subscriptions.models import Subscriber, Suppression
from tests.api.conftest import Caller
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
DOORS = [
    ("post", "/api/v1/papers/import", "papers:import"),
    ("get", "/api/v1/subscribers", "subscribers:manage"),
    ("get", "/api/v1/subscribers/1", "subscribers:manage"),
    ("post", "/api/v1/subscribers/1/leave", "subscribers:manage"),
    ("delete", "/api/v1/subscribers/1", "subscribers:manage"),
    ("put", "/api/v1/drafts/2026-W32", "editions:manage"),
    ("get", "/api/v1/editions/2026-W32/deliveries", "deliveries:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), DOORS)
def test_a_door_opens_for_its_scope_alone(caller: Caller, method: str, path: str, scope: str) -> None:
    bare = getattr(Client(), method)(path)
    assert (bare.status_code, bare.json()["error"]["code"]) == (401, "unauthenticated")
    assert bare.headers["WWW-Authenticate"] == "Bearer"
    wrong = getattr(caller(*(set(ApiToken.Scope.values) - {scope})), method)(path)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (403, "scope_missing")
    assert scope in wrong.json()["error"]["message"]
    assert getattr(caller(scope), method)(path).status_code not in {401, 403}


def test_only_a_hash_of_a_token_is_kept() -> None:
    key = make_token(name="importer", scopes=["papers:import"], now=NOW)
    row = ApiToken.objects.get()
    assert row.key_hash == hash_key(key)
    assert key not in str(vars(row))
    assert find_token(key, now=NOW) == row
    assert find_token(key + "x", now=NOW) is None
    assert find_token("pb_" + "é" * 40, now=NOW) is None


def test_a_revoked_or_expired_token_opens_nothing(caller: Caller) -> None:
    late = caller("subscribers:manage", expires_at=now() - timedelta(minutes=1))
    assert late.get("/api/v1/subscribers").status_code == 401
    ApiToken.objects.all().delete()
    client = caller("subscribers:manage")
    assert client.get("/api/v1/subscribers").status_code == 200
    ApiToken.objects.update(revoked_at=now())
    assert client.get("/api/v1/subscribers").status_code == 401


def test_the_command_shows_a_token_once() -> None:
    out = StringIO()
    call_command("make_token", "importer", "--scope", "papers:import", "--days", "30", stdout=out)
    token = find_token(out.getvalue().strip(), now=now())
    assert token
    assert token.scopes == ["papers:import"]
    with pytest.raises(CommandError, match="already"):
        call_command("make_token", "importer", stdout=out)


def send(client: Client, path: str, body: Any, method: str = "post") -> Any:
    return getattr(client, method)(path, json.dumps(body), content_type="application/json")


def test_papers_come_in_and_bad_ones_are_named(caller: Caller) -> None:
    client = caller("papers:import")
    found = send(client, "/api/v1/papers/import", [{"title": "New one", "arxiv_id": "2608.00001"}, {"abstract": "x"}])
    assert (found.status_code, found.json()["new"], found.json()["rejected"]) == (200, 1, 1)
    assert found.json()["rejections"][0]["line"] == 2
    again = send(client, "/api/v1/papers/import", [{"title": "New one", "arxiv_id": "2608.00001"}]).json()
    assert (again["new"], again["unchanged"]) == (0, 1)
    assert Paper.objects.get().title == "New one"
    assert Source.objects.filter(name__startswith="API: program").exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1, 2", b'"text"', b"[" * 5000])
def test_a_malformed_body_is_a_typed_error(caller: Caller, body: bytes) -> None:
    answer = caller("papers:import").post("/api/v1/papers/import", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
    assert not Paper.objects.exists()


def test_an_oversize_body_is_refused(caller: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = send(caller("papers:import"), "/api/v1/papers/import", [{"title": "x" * 2000}])
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_subscribers_come_a_page_at_a_time(caller: Caller) -> None:
    people = [make_subscriber() for _ in range(3)]
    client = caller("subscribers:manage")
    first = client.get("/api/v1/subscribers?limit=2").json()
    assert [row["id"] for row in first["items"]] == [person.pk for person in people[:2]]
    rest = client.get(f"/api/v1/subscribers?limit=2&after={first['next_after']}").json()
    assert ([row["id"] for row in rest["items"]], rest["next_after"]) == ([people[2].pk], None)
    assert client.get("/api/v1/subscribers?state=odd").status_code == 422


def test_leaving_and_erasing_do_what_they_say(caller: Caller) -> None:
    person, client = make_subscriber(), caller("subscribers:manage")
    for _ in range(2):
        assert client.post(f"/api/v1/subscribers/{person.pk}/leave").status_code == 200
    assert Subscriber.objects.get().state == "left"
    assert client.delete(f"/api/v1/subscribers/{person.pk}").status_code == 200
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "erased"
    assert client.delete(f"/api/v1/subscribers/{person.pk}").status_code == 404


def test_a_draft_is_made_and_replaced_and_never_an_approved_one(caller: Caller) -> None:
    papers, client = [make_paper(), make_paper()], caller("editions:manage")
    body = {"title": "Hands", "papers": [papers[1].pk, papers[0].pk]}
    assert send(client, "/api/v1/drafts/2026-w32", body, "put").status_code == 200
    edition = Edition.objects.get(period="2026-W32")
    assert [pick.paper for pick in edition.picks.all()] == papers[::-1]
    assert send(client, "/api/v1/drafts/2026-W32", {"papers": [10**9]}, "put").status_code == 422
    assert send(client, "/api/v1/drafts/2026-W60", body, "put").status_code == 422
    Edition.objects.update(state="approved")
    assert send(client, "/api/v1/drafts/2026-W32", body, "put").json()["error"]["code"] == "not_a_draft"


def test_deliveries_add_up(caller: Caller) -> None:
    Edition.objects.create(period="2026-W32")
    found = caller("deliveries:read").get("/api/v1/editions/2026-W32/deliveries").json()
    assert found["eligible"] == sum(found["parts"].values()) == 0
    assert caller("deliveries:read", "papers:import").get("/api/v1/editions/2026-W40/deliveries").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"), [("title", "a\0b"), ("title", "x" * 121), ("intro", "a\0b"), ("papers", ["many"])]
)
def test_a_draft_that_no_database_holds_is_refused_by_name(caller: Caller, field: str, value: Any) -> None:
    client = caller("editions:manage")
    answer = send(client, "/api/v1/drafts/2026-W32", {field: value}, "put")
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"].split(".")[0] == field
    assert send(client, "/api/v1/drafts/2026-W32", {"intro": "Two\nlines"}, "put").status_code == 200
