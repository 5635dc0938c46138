"""Readers known by a link vote, save, hide and suggest; strangers are told how to become known."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.papers.models import Paper
from digest.papers.sources.base import Record
from subscriptions.models import Attempt, Collection, Feedback, Subscriber, Suggestion, Vote
from subscriptions.privacy import erase
from subscriptions.suggesting import suggest
from subscriptions.tokens import make_manage_token
from tests.factories import NOW, make_paper, make_subscriber
from tests.papers.makers import take

pytestmark = pytest.mark.django_db


def known(client: Client, person: Subscriber | None = None) -> Subscriber:
    """A reader whose own link this browser has opened."""
    person = person or make_subscriber()
    client.get(f"/manage/{make_manage_token(person.pk, version=1)}/")
    return person


@pytest.mark.parametrize("path", ["vote", "save", "hide"])
def test_strangers_are_told_how_to_become_known(client: Client, path: str) -> None:
    paper = make_paper()
    answer = client.post(f"/papers/{paper.pk}/{path}/")
    assert answer.status_code == 403
    assert b"Please open your link first" in answer.content
    assert client.get(f"/papers/{paper.pk}/{path}/").status_code == 405


@pytest.mark.parametrize("cookie", ["", "1-1", "1-1.x.y", "²-1.a.b", "x" * 5000])
def test_a_made_up_cookie_is_a_strangers(client: Client, cookie: str) -> None:
    client.cookies["reader"] = cookie
    assert client.get("/lists/").status_code == 403
    assert client.get(make_paper().get_absolute_url()).status_code == 200


def test_a_raised_version_forgets_browsers(client: Client) -> None:
    person = known(client)
    assert client.get("/lists/").status_code == 200
    Subscriber.objects.filter(pk=person.pk).update(token_version=2)
    assert client.get("/lists/").status_code == 403


def test_a_vote_counts_once_and_can_be_taken_back(client: Client) -> None:
    known(client)
    paper = make_paper(votes=3)
    for _ in range(2):
        client.post(f"/papers/{paper.pk}/vote/", {"vote": "yes"})
    assert (Paper.objects.get().votes, Vote.objects.count()) == (4, 1)
    assert "You voted" in client.get(paper.get_absolute_url()).content.decode()
    for _ in range(2):
        client.post(f"/papers/{paper.pk}/vote/", {"vote": "no"})
    assert (Paper.objects.get().votes, Vote.objects.count()) == (3, 0)


def test_an_import_keeps_a_readers_vote_and_erasure_takes_it_back(client: Client) -> None:
    person, paper = known(client), make_paper("Slow Grippers", votes=3)
    client.post(f"/papers/{paper.pk}/vote/", {"vote": "yes"})
    take(Record("Slow Grippers", votes=9))
    paper.refresh_from_db()
    assert (paper.votes, paper.reader_votes) == (10, 1)
    erase(subscriber_id=person.pk, now=NOW)
    paper.refresh_from_db()
    assert (paper.votes, paper.reader_votes) == (9, 0)


def test_saving_and_hiding_are_taken_back_by_the_same_button(client: Client) -> None:
    person, paper = known(client), make_paper("Slow Grippers")
    for name in ("save", "hide"):
        client.post(f"/papers/{paper.pk}/{name}/", {name: "yes", "list": "To read"})
        assert 'value="no" aria-pressed="true"' in client.get(paper.get_absolute_url()).content.decode()
        client.post(f"/papers/{paper.pk}/{name}/", {name: "no"})
        assert 'aria-pressed="true"' not in client.get(paper.get_absolute_url()).content.decode()
    assert '<option value="To read">' in client.get(paper.get_absolute_url()).content.decode()
    assert (person.collections.get().saved.count(), person.feedback.count()) == (0, 0)


def test_what_is_saved_is_liked_even_after_it_was_muted(client: Client) -> None:
    person, paper = known(client), make_paper()
    person.interests.create(kind="paper", paper=paper, weight=-1)
    client.post(f"/papers/{paper.pk}/save/")
    assert person.interests.get().weight == 1


def test_another_site_cannot_vote_for_a_reader() -> None:
    strict = Client(enforce_csrf_checks=True)
    known(strict)
    assert strict.post(f"/papers/{make_paper().pk}/vote/").status_code == 403
    assert not Vote.objects.exists()


def test_a_saved_paper_is_on_a_list_that_can_be_shared(client: Client) -> None:
    known(client)
    paper = make_paper("Slow Grippers")
    client.post(f"/papers/{paper.pk}/save/")
    shelf = Collection.objects.get()
    stranger = Client()
    page = stranger.get(f"/lists/{shelf.key}/")
    assert b"Slow Grippers" in page.content
    assert "noindex" in page["X-Robots-Tag"]
    stranger.post(f"/lists/{shelf.key}/", {"drop": paper.pk})
    assert shelf.saved.count() == 1
    client.post(f"/lists/{shelf.key}/", {"drop": paper.pk})
    assert shelf.saved.count() == 0


@pytest.mark.parametrize("key", ["x", "²", "a" * 900])
def test_an_unknown_list_is_not_found(client: Client, key: str) -> None:
    assert client.get(f"/lists/{key}/").status_code == 404


def test_hiding_keeps_a_word_about_the_paper(client: Client) -> None:
    known(client)
    client.post(f"/papers/{make_paper().pk}/hide/")
    assert Feedback.objects.get().kind == Feedback.Kind.HIDE


def test_a_suggestion_waits_for_a_curator_once(client: Client) -> None:
    known(client)
    assert b"waits for a curator" in client.post("/suggest/", {"paper": "arXiv:2607.00001v2"}).content
    assert b"was suggested before" in client.post("/suggest/", {"paper": "2607.00001"}).content
    assert Suggestion.objects.get().name == "2607.00001"


def test_a_listed_paper_is_shown_where_it_is(client: Client) -> None:
    known(client)
    paper = make_paper("Slow Grippers", doi="10.1000/182")
    page = client.post("/suggest/", {"paper": "https://doi.org/10.1000/182"}).content.decode()
    assert f'href="{paper.get_absolute_url()}"' in page
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("text", ["", "soon", "http://plain.example/x", "https://u@evil.example/", "x" * 10_000])
def test_what_names_no_paper_is_refused_with_an_example(client: Client, text: str) -> None:
    known(client)
    answer = client.post("/suggest/", {"paper": text})
    assert answer.status_code == 422
    assert b"Please give an arXiv id like" in answer.content


def test_suggestions_have_a_daily_share() -> None:
    person = make_subscriber()
    for number in range(10):
        suggest(person=person, text=f"10.1000/{number}", note="", now=NOW)
    with pytest.raises(ValueError, match="come back tomorrow"):
        suggest(person=person, text="10.1000/more", note="", now=NOW)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200))
def test_any_suggested_text_gets_a_page(client: Client, text: str) -> None:
    Attempt.objects.all().delete()
    if "reader" not in client.cookies:
        known(client)
    assert client.post("/suggest/", {"paper": text, "note": text}).status_code in {200, 422}
