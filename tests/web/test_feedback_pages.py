"""Links in a digest: looking records nothing, a press records once, machines are not believed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from digest.composing.models import Digest
from digest.papers.models import Paper
from subscriptions.feedback import give_feedback
from subscriptions.links import feedback_link, reason_link
from subscriptions.models import Collection, Feedback, Interest
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
MORE = Feedback.Kind.MORE


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def test_a_look_shows_one_button_and_records_nothing(client: Client) -> None:
    path = path_of(feedback_link(subscriber_id=make_subscriber().pk, paper_id=make_paper("Grip").pk, kind="more"))
    page = client.get(path)
    assert page.content.count(b"<button") == 1
    assert b"Grip" in page.content
    assert page["Cache-Control"] == "no-store"
    assert not Feedback.objects.exists()


def test_a_press_records_once_and_needs_no_cookie() -> None:
    strict = Client(enforce_csrf_checks=True)
    path = path_of(feedback_link(subscriber_id=make_subscriber().pk, paper_id=make_paper().pk, kind="more"))
    for _ in range(2):
        assert b"Noted" in strict.post(path).content
    assert Feedback.objects.get().made_by_machine is False
    assert Interest.objects.get(kind="paper").weight == 1


def test_less_takes_more_back() -> None:
    person, paper = make_subscriber(), make_paper()
    for kind in (MORE, Feedback.Kind.LESS):
        give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=kind, now=NOW)
    assert Feedback.objects.get().kind == "less"
    assert Interest.objects.get(kind="paper").weight == -1


def test_saving_puts_the_paper_on_a_list(client: Client) -> None:
    client.post(path_of(feedback_link(subscriber_id=make_subscriber().pk, paper_id=make_paper().pk, kind="save")))
    assert Collection.objects.get().saved.count() == 1


@time_machine.travel(NOW, tick=False)
def test_a_press_seconds_after_delivery_is_a_machines_until_a_person_presses(client: Client) -> None:
    person, paper = make_subscriber(), make_paper()
    sent = NOW - timedelta(seconds=5)
    days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    entries = [{"paper": paper.pk, "reasons": []}]
    Digest.objects.create(subscriber=person, period="2026-W32", entries=entries, accepted_at=sent, **days)
    path = path_of(feedback_link(subscriber_id=person.pk, paper_id=paper.pk, kind="more"))
    client.post(path)
    assert Feedback.objects.get().made_by_machine is True
    assert not Interest.objects.filter(kind="paper").exists()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client.post(path)
    assert Feedback.objects.get().made_by_machine is False
    assert Interest.objects.filter(kind="paper").exists()


def test_a_burst_is_taken_back_as_a_whole() -> None:
    person = make_subscriber()
    for number in range(5):
        moment = NOW + timedelta(seconds=number / 2)
        give_feedback(subscriber_id=person.pk, paper_id=make_paper().pk, kind=MORE, now=moment)
    assert Feedback.objects.filter(made_by_machine=True).count() == 5
    assert not Interest.objects.filter(kind="paper").exists()


@pytest.mark.parametrize("token", ["x", "1-1-more.x", "1-1-more", "²", "a" * 4000])
@pytest.mark.parametrize("path", ["feedback", "reason"])
def test_made_up_links_record_nothing(client: Client, path: str, token: str) -> None:
    for answer in (client.get(f"/{path}/{token}/"), client.post(f"/{path}/{token}/", {"step": "mute"})):
        assert answer.status_code == 404
    assert not Feedback.objects.exists()


def test_a_hidden_papers_link_says_it_is_over(client: Client) -> None:
    paper = make_paper(state=Paper.State.HIDDEN)
    link = feedback_link(subscriber_id=make_subscriber().pk, paper_id=paper.pk, kind="more")
    assert client.post(path_of(link)).status_code == 410


@pytest.mark.parametrize(("step", "weight"), [("mute", -1.0), ("weaken", 0.5), ("strengthen", 2.0)])
def test_a_reason_can_be_steered_by_itself(client: Client, step: str, weight: float) -> None:
    topic = make_topic("Robots")
    person = make_subscriber(follows=(topic,))
    path = path_of(reason_link(subscriber_id=person.pk, kind="topic", number=topic.pk))
    assert "“Robots” brought you this paper" in client.get(path).content.decode()
    assert b"Noted" in client.post(path, {"step": step}).content
    assert Interest.objects.get().weight == weight


def test_a_reason_never_followed_can_be_muted(client: Client) -> None:
    person = make_subscriber()
    client.post(path_of(reason_link(subscriber_id=person.pk, kind="keyword", text="gripping")), {"step": "mute"})
    assert (Interest.objects.get().text, Interest.objects.get().weight) == ("gripping", -1.0)
