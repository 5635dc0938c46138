"""Authors claim papers, curators confirm, authors hide; suggested papers become stubs; cards tell more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from digest.papers.models import Paper
from digest.papers.sources.base import Record
from subscriptions.models import AuthorClaim, Suggestion
from subscriptions.suggesting import open_stub
from tests.factories import NOW, make_paper
from tests.papers.makers import take
from tests.web.test_reader_pages import known

pytestmark = pytest.mark.django_db
PROFILE = "https://orcid.example.org/0000-0001"


def claim(client: Client, paper: Paper, **fields: str) -> int:
    return client.post(f"/papers/{paper.pk}/claim/", {"name": "Mara Quill", "profile": PROFILE} | fields).status_code


def test_a_claim_is_public_once_confirmed_and_while_shown(client: Client) -> None:
    known(client)
    paper = make_paper(authors=["Mara Quill", "Ida Renn"])
    assert claim(client, paper) == 200
    assert PROFILE not in client.get(paper.get_absolute_url()).content.decode()
    AuthorClaim.objects.update(state="confirmed")
    text = client.get(paper.get_absolute_url()).content.decode()
    assert f'href="{PROFILE}"' in text
    assert text.count("(confirmed author)") == 1
    client.post(f"/papers/{paper.pk}/claim/", {"shown": "no"})
    assert "(confirmed author)" not in client.get(paper.get_absolute_url()).content.decode()


@pytest.mark.parametrize("fields", [{"name": "Somebody Else"}, {"profile": "javascript:alert(1)"}, {"name": "\0"}])
def test_a_claim_that_cannot_be_is_refused_in_words(client: Client, fields: dict[str, str]) -> None:
    known(client)
    assert claim(client, make_paper(authors=["Mara Quill"]), **fields) == 422
    assert not AuthorClaim.objects.exists()


def test_a_decided_claim_stays_as_it_was_decided(client: Client) -> None:
    known(client)
    paper = make_paper(authors=["Mara Quill", "Ida Renn"])
    claim(client, paper)
    AuthorClaim.objects.update(state="confirmed")
    claim(client, paper, name="Ida Renn", profile="")
    assert AuthorClaim.objects.get().name == "Mara Quill"


def test_strangers_cannot_claim_and_unknown_papers_are_not_there(client: Client) -> None:
    assert claim(client, make_paper(authors=["Mara Quill"])) == 403
    known(client)
    assert client.get(f"/papers/{10**30}/claim/").status_code == 404


@pytest.mark.parametrize("name", ["2503.01234", "10.1000/182", "https://example.org/paper"])
def test_a_suggestion_becomes_a_stub_that_an_import_fills_in(name: str) -> None:
    suggestion = Suggestion.objects.create(name=name)
    assert open_stub(suggestion, now=NOW)
    assert not open_stub(suggestion, now=NOW)
    stub = Paper.objects.get()
    assert (stub.state, Suggestion.objects.get().state) == ("pending", "taken")
    if not name.startswith("https"):
        take(Record("Slow Grippers", doi=stub.doi or "", arxiv_id=stub.arxiv_id or ""))
        assert Paper.objects.get().title == "Slow Grippers"


def test_cards_and_pages_tell_what_came_of_a_paper(client: Client) -> None:
    artifacts = [{"kind": "model", "name": "lab/grip", "url": "https://hub.example.org/lab/grip"}]
    links = {"project_url": "https://grip.example.org/", "discussion_url": "https://talk.example.org/"}
    values: dict[str, Any] = {
        "artifacts": artifacts,
        "author_takes_part": True,
        "comments": 2,
        "submitter": "mara",
        **links,
    }
    paper = make_paper("Slow Grippers", abstract="We grip slowly.", **values)
    card = client.get("/papers/day/2026-08-03/").content.decode()
    told = ["We grip slowly.", "1 artifact", "an author answers", "?submitter=mara", "https://grip.example.org/"]
    assert [words for words in told if words not in card] == []
    page = client.get(paper.get_absolute_url()).content.decode()
    assert "https://hub.example.org/lab/grip" in page
    assert "An author takes part" in page
