"""Links in a digest: looking records nothing, a press records once, machines are not believed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from digest.composing.book import open_book
from digest.composing.presentation import present_digest
from digest.papers.models import Paper
from digest.rendering.render import render_digest
from subscriptions.feedback import give_feedback
from subscriptions.models import Collection, Feedback, Interest, SavedPaper, Subscriber
from tests.factories import NOW, make_digest, make_paper, make_subscriber, make_topic, path_in

pytestmark = pytest.mark.django_db
MORE = Feedback.Kind.MORE


def link_to(paper: Paper, rest: str = "", **reason: Any) -> str:
    """A link of a digest that holds just this paper."""
    digest = make_digest(make_subscriber(), paper, reasons=[reason] if reason else [])
    return path_in(digest, f"{paper.pk}/{rest}")


def test_a_look_shows_one_button_and_records_nothing(client: Client) -> None:
    page = client.get(link_to(make_paper("Grip"), "more/"))
    assert page.content.count(b"<button") == 1
    assert b"Grip" in page.content
    assert page["Cache-Control"] == "no-store"
    assert not Feedback.objects.exists()


def test_every_link_of_a_mail_opens_and_a_look_at_all_of_them_changes_nothing(client: Client, settings: Any) -> None:
    topic = make_topic("Robots")
    papers = [make_paper(topics=(topic,), abstract="We grasp.", code_url="https://code.example.org/") for _ in range(2)]
    reasons = [{"kind": "topic", "number": topic.pk}, {"kind": "trending", "number": 3}]
    digest = make_digest(make_subscriber(follows=(topic,)), *papers, reasons=reasons)
    html = render_digest(present_digest(digest, open_book([digest]))).html
    own = {link.removeprefix(settings.SITE_URL) for link in re.findall(r'href="([^"]+)"', html)}
    own = {link.split("#")[0] for link in own if link.startswith("/")}
    assert sum("/reason/" in link for link in own) == 4
    before = list(Subscriber.objects.values()), list(Interest.objects.values())
    for link in own:
        page = client.get(link)
        assert page.status_code == 200, link
        if link.endswith(("/more/", "/less/", "/save/")):
            assert page.content.count(b"<button") == 1
    assert (list(Subscriber.objects.values()), list(Interest.objects.values())) == before
    assert not Feedback.objects.exists()
    assert not Collection.objects.exists()


def test_a_press_records_once_and_needs_no_cookie() -> None:
    strict = Client(enforce_csrf_checks=True)
    path = link_to(make_paper(), "more/")
    for _ in range(2):
        assert b"Noted" in strict.post(path).content
    assert Feedback.objects.get().made_by_machine is False
    assert Interest.objects.get(kind="paper").weight == 1


def test_the_page_of_a_paper_takes_any_word_and_leads_to_its_reasons(client: Client) -> None:
    path = link_to(make_paper("Grip"), kind="keyword", text="gripping")
    page = client.get(path).content.decode()
    assert page.count("<button") == 4
    assert f'href="{path}reason/0/"' in page
    assert b"Noted" in client.post(path, {"kind": "less"}).content
    assert Feedback.objects.get().kind == "less"
    assert Interest.objects.get().weight == -1


def test_less_takes_more_back() -> None:
    person, paper = make_subscriber(), make_paper()
    for kind in (MORE, Feedback.Kind.LESS):
        give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=kind, now=NOW)
    assert Feedback.objects.get().kind == "less"
    assert Interest.objects.get(kind="paper").weight == -1


def test_saving_puts_the_paper_on_a_list(client: Client) -> None:
    client.post(link_to(make_paper(), "save/"))
    assert Collection.objects.get().saved.count() == 1


@time_machine.travel(NOW, tick=False)
def test_a_press_seconds_after_delivery_is_a_machines_until_a_person_presses(client: Client) -> None:
    paper = make_paper()
    digest = make_digest(make_subscriber(), paper, accepted_at=NOW - timedelta(seconds=5))
    path = path_in(digest, f"{paper.pk}/more/")
    told = client.post(path).content
    assert b"press once more" in told
    assert b"Noted" not in told
    assert Feedback.objects.get().made_by_machine is True
    assert not Interest.objects.filter(kind="paper").exists()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert b"Noted" in client.post(path).content
    assert Feedback.objects.get().made_by_machine is False
    assert Interest.objects.filter(kind="paper").exists()


def test_a_burst_is_taken_back_as_a_whole() -> None:
    person = make_subscriber()
    for number in range(5):
        moment = NOW + timedelta(seconds=number / 2)
        give_feedback(subscriber_id=person.pk, paper_id=make_paper().pk, kind=MORE, now=moment)
    assert Feedback.objects.filter(made_by_machine=True).count() == 5
    assert not Interest.objects.filter(kind="paper").exists()


def test_a_burst_of_saves_leaves_nothing_on_the_list() -> None:
    person = make_subscriber()
    for number in range(4):
        moment = NOW + timedelta(seconds=number)
        give_feedback(subscriber_id=person.pk, paper_id=make_paper().pk, kind=Feedback.Kind.SAVE, now=moment)
    assert not SavedPaper.objects.exists()


def test_a_burst_takes_no_word_back_that_was_said_long_before() -> None:
    person, paper = make_subscriber(), make_paper()
    give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=MORE, now=NOW)
    later = NOW + timedelta(days=7)
    for pressed in (paper, *(make_paper() for _ in range(4))):
        give_feedback(subscriber_id=person.pk, paper_id=pressed.pk, kind=MORE, now=later)
    assert Feedback.objects.get(made_by_machine=False).paper == paper
    assert Interest.objects.get(kind="paper").paper == paper


@pytest.mark.parametrize("age", [timedelta(seconds=5), timedelta(hours=1)])
def test_reasons_are_steered_by_no_machine(client: Client, age: timedelta) -> None:
    reason = {"kind": "keyword", "text": "gripping"}
    papers = [make_paper() for _ in range(5)]
    with time_machine.travel(NOW, tick=False):
        digest = make_digest(make_subscriber(), *papers, reasons=[reason], accepted_at=NOW - age)
        pages = [client.post(path_in(digest, f"{p.pk}/reason/0/"), {"step": "weaken"}).content for p in papers]
    assert b"press once more" in pages[-1]
    # Long after the delivery three presses pass before the fourth makes it a burst.
    assert sum(b"Noted" in page for page in pages) == (0 if age < timedelta(minutes=1) else 3)


def test_a_full_list_is_told_with_the_button_still_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscriptions.shelves.MOST_PAPERS", 0)
    page = client.post(link_to(make_paper(), "save/"))
    assert page.status_code == 200
    assert "Please start another list" in page.content.decode()
    assert page.content.count(b"<button") == 1
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("token", ["x", "1-2026-W32.x", "1-2026-W32", "²", "a" * 4000])
@pytest.mark.parametrize("rest", ["", "1/", "1/more/", "1/reason/0/"])
def test_made_up_links_record_nothing(client: Client, rest: str, token: str) -> None:
    for answer in (client.get(f"/f/{token}/{rest}"), client.post(f"/f/{token}/{rest}", {"step": "mute"})):
        assert answer.status_code == 404
    assert not Feedback.objects.exists()


def test_a_link_speaks_only_about_what_its_digest_held(client: Client) -> None:
    held, other = make_paper(), make_paper()
    digest = make_digest(make_subscriber(), held, reasons=[{"kind": "keyword", "text": "gripping"}])
    for rest in (f"{other.pk}/more/", f"{10**30}/more/", f"{other.pk}/reason/0/"):
        assert client.post(path_in(digest, rest), {"step": "mute"}).status_code == 410
    for rest in (f"{held.pk}/love/", f"{held.pk}/reason/1/"):
        assert client.post(path_in(digest, rest), {"step": "mute"}).status_code == 404
    assert not Feedback.objects.exists()
    assert not Interest.objects.exists()


def test_a_hidden_papers_link_says_it_is_over(client: Client) -> None:
    assert client.post(link_to(make_paper(state=Paper.State.HIDDEN), "more/")).status_code == 410


def test_the_links_of_an_erased_reader_are_over(client: Client) -> None:
    path = link_to(make_paper(), "more/")
    Subscriber.objects.all().delete()
    assert client.get(path).status_code == 410


@pytest.mark.parametrize(("step", "weight"), [("mute", -1.0), ("weaken", 0.5), ("strengthen", 2.0)])
def test_a_reason_can_be_steered_by_itself(client: Client, step: str, weight: float) -> None:
    topic = make_topic("Robots")
    person, paper = make_subscriber(follows=(topic,)), make_paper()
    digest = make_digest(person, paper, reasons=[{"kind": "topic", "number": topic.pk}])
    path = path_in(digest, f"{paper.pk}/reason/0/")
    assert "Robots: that is why this paper came" in client.get(path).content.decode()
    assert b"Noted" in client.post(path, {"step": step}).content
    assert Interest.objects.get().weight == weight


def test_a_reason_never_followed_can_be_muted(client: Client) -> None:
    client.post(link_to(make_paper(), "reason/0/", kind="keyword", text="gripping"), {"step": "mute"})
    assert (Interest.objects.get().text, Interest.objects.get().weight) == ("gripping", -1.0)


def test_a_liked_paper_can_be_made_to_count_less(client: Client) -> None:
    liked = make_paper("Slow Hands")
    path = link_to(make_paper(), "reason/0/", kind="paper", number=liked.pk)
    assert "Slow Hands" in client.get(path).content.decode()
    client.post(path, {"step": "weaken"})
    assert (Interest.objects.get().paper, Interest.objects.get().weight) == (liked, 0.5)


@pytest.mark.parametrize("kind", ["pick", "trending"])
def test_a_reason_that_is_the_same_for_all_offers_words_on_the_paper(client: Client, kind: str) -> None:
    path = link_to(make_paper(), "reason/0/", kind=kind)
    assert client.get(path).content.count(b"<button") == 4
    assert client.post(path, {"step": "mute"}).status_code == 200
    assert not Interest.objects.exists()
