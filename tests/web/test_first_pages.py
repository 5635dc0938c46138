"""The first digest: looked at while signing up, and sent at once where a new reader asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from digest.composing.compose import compose_range
from digest.composing.models import Digest
from digest.papers.models import Topic
from subscriptions.choices import Choices
from subscriptions.keywords import Keyword
from subscriptions.models import Attempt, Notice, Subscriber
from subscriptions.pace import OF_NETWORK, Action
from subscriptions.signup import confirm, sign_up
from subscriptions.tiles import recent_titles
from subscriptions.tokens import make_confirm_token
from tests.factories import NOW, make_paper, make_topic

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        yield


def look(client: Client, **choices: Any) -> str:
    answer = client.post("/subscribe/preview/", choices)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_look_shows_what_would_come_and_keeps_nothing(client: Client) -> None:
    robots = make_topic("Robots")
    make_paper("Slow Grippers", topics=(robots,))
    make_paper("A Survey of Surveys")
    make_paper("Too old", listed_on=TODAY - timedelta(days=9))
    text = look(client, topics=["robots"], keywords="-survey")
    assert "Slow Grippers" in text
    assert text.count("A Survey of Surveys") == text.count("Too old") == 0
    stored = [model.objects.count() for model in (Subscriber, Notice, Digest)]
    assert stored == [0, 0, 0]


def test_the_form_comes_back_as_it_was_with_a_files_text(client: Client) -> None:
    make_paper("Slow Grippers", arxiv_id="2601.00001")
    file = SimpleUploadedFile("mine.bib", b"@misc{a, title={Slow Grippers}}")
    text = look(client, email="ada@example.org", keywords="kept words", liked_file=file)
    assert all(words in text for words in ("kept words", "ada@example.org", "@misc{a, title={Slow Grippers}}"))
    assert "The paper you named is known here" in text


@pytest.mark.parametrize("others", range(4))
def test_the_look_is_what_then_comes(client: Client, others: int) -> None:
    # The paper from outside a taste depends on the topics' numbers.
    for number in range(others):
        make_topic(f"Other {number}")
    topic = make_topic("Robots")
    for number in range(14):
        make_paper(f"Gripper {number}", votes=number, trend=number, topics=(topic,) if number % 2 else ())
    choices = Choices(topic_ids=frozenset([topic.pk]), keywords=(Keyword("gripper 4"),))
    shown = look(client, topics=["robots"], keywords="gripper 4")
    sign_up(address="ada@example.org", choices=choices, now=NOW)
    confirm(subscriber_id=Subscriber.objects.get().pk, now=NOW)
    client.post(f"/confirm/{make_confirm_token(Subscriber.objects.get().pk)}/first/")
    digest = Digest.objects.get()
    compose_range(first_id=digest.pk, last_id=digest.pk, now=NOW)
    digest.refresh_from_db()
    links = [shown.index(f'/papers/{entry["paper"]}/"') for entry in digest.entries]
    assert len(links) == 10
    assert shown.count('class="preview-title"') == 10


def test_an_empty_week_is_told(client: Client) -> None:
    assert "Nothing this week" in look(client, keywords="anything")


@pytest.mark.parametrize("choices", [{"topics": ["no-such"]}, {"timezone": "Mars/One"}, {"keywords": "x" * 99}])
def test_bad_choices_are_told_and_kept(client: Client, choices: dict[str, Any]) -> None:
    assert client.post("/subscribe/preview/", choices).status_code == 422


def test_a_get_leads_to_the_form(client: Client) -> None:
    assert client.get("/subscribe/preview/")["Location"] == "/subscribe/"


def test_a_first_digest_comes_once_and_only_to_new_readers(client: Client) -> None:
    make_paper("Slow Grippers")
    sign_up(address="ada@example.org", choices=Choices(), now=NOW)
    person = Subscriber.objects.get()
    path = f"/confirm/{make_confirm_token(person.pk)}/"
    assert "next digest comes at its hour" in client.post(f"{path}first/").content.decode()
    assert "first digest now" in client.post(path).content.decode()
    for _ in range(2):
        assert "being put together" in client.post(f"{path}first/").content.decode()
    digest = Digest.objects.get()
    assert (digest.state, digest.first_day, digest.last_day) == ("planned", TODAY - timedelta(days=7), TODAY)
    Subscriber.objects.update(confirmed_at=NOW - timedelta(days=2))
    assert "at its hour" in client.post(f"{path}first/").content.decode()
    assert client.get(f"{path}first/")["Location"] == path


def test_made_up_and_other_links_open_no_first_digest(client: Client) -> None:
    assert client.post("/confirm/1.x.y/first/").status_code == 404
    assert not Digest.objects.exists()


def test_looks_are_limited_by_network(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OF_NETWORK, Action.PREVIEW, 3)
    codes = [client.post("/subscribe/preview/", {}).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert Attempt.objects.count() == 3


def test_tiles_show_recent_titles_once_each(client: Client) -> None:
    Topic.objects.all().delete()
    robots, vision = make_topic("Robots"), make_topic("Vision")
    for number in range(4):
        make_paper(f"Paper <{number}>", trend=number, topics=(robots, vision) if number else (robots,))
    titles = recent_titles(today=TODAY)
    shown = [title for tile in titles.values() for title in tile]
    assert len(shown) == len(set(shown)) == 3
    assert "Paper &lt;3&gt;" in client.get("/subscribe/").content.decode()
