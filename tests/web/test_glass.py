"""A reader's own pages: everything held, each change counted, erasure for good."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from digest.composing.models import Digest
from digest.composing.rows import PlannedRow
from digest.composing.tastes import load_tastes
from subscriptions.choices import Choices
from subscriptions.due import claim_due
from subscriptions.feedback import give_feedback
from subscriptions.models import ConsentEvent, Feedback, Interest, Subscriber, Suppression
from subscriptions.pausing import pause, resume_rested
from subscriptions.signup import sign_up
from subscriptions.tokens import make_manage_token
from tests.factories import NOW, make_paper, make_subscriber, path_in

pytestmark = pytest.mark.django_db


def path_of(person: Subscriber, rest: str = "") -> str:
    return f"/manage/{make_manage_token(person.pk, version=person.token_version)}/{rest}"


def make_digest(person: Subscriber, **values: object) -> Digest:
    paper = make_paper("Slow Grippers", abstract="We grip.")
    entries = [{"paper": paper.pk, "score": 1.0, "reasons": [{"kind": "trending", "number": 3}]}]
    defaults = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW, "composed_at": NOW}
    columns = {"period": "2026-W32", "state": Digest.State.ACCEPTED, "entries": entries} | defaults | values
    return Digest.objects.create(subscriber=person, **columns)


def test_every_mail_is_listed_with_its_copy(client: Client) -> None:
    person = make_subscriber()
    digest = make_digest(person)
    text = client.get(path_of(person, "mails/")).content.decode()
    assert "1 digest" in text
    assert "Papers of 3 August 2026" in text
    assert "Handed over for delivery" in text
    copy = client.get(path_of(person, f"mails/{digest.pk}/"))
    assert "Slow Grippers" in copy.content.decode()
    assert "sandbox" in copy["Content-Security-Policy"]


def test_nobody_sees_another_readers_mail(client: Client) -> None:
    digest = make_digest(make_subscriber())
    other = make_subscriber()
    for pk in (digest.pk, 10**30):
        assert client.get(path_of(other, f"mails/{pk}/")).status_code == 404


@pytest.mark.parametrize(("step", "weight"), [("mute", -1.0), ("strengthen", 2.0), ("remove", None)])
def test_what_was_said_in_a_mail_gives_way_to_a_step_here(client: Client, step: str, weight: float | None) -> None:
    person, paper = make_subscriber(), make_paper("Slow Grippers")
    give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=Feedback.Kind.SAVE, now=NOW)
    give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=Feedback.Kind.MORE, now=NOW)
    client.post(path_of(person), {"interest": person.interests.get().pk, "step": step})
    planned = PlannedRow(1, person.pk, "2026-W33", None, NOW.date(), NOW.date(), NOW, 10)
    assert load_tastes([planned])[person.pk].papers == ({paper.pk: weight} if weight else {})


def test_papers_are_brought_along_later_and_each_line_is_told(client: Client) -> None:
    person, paper = make_subscriber(), make_paper("Slow Grippers", arxiv_id="2607.00001")
    pasted = {"like": "yes", "liked": "@misc{a, eprint={2607.00001}}\n@misc{b, title={Unknown}}"}
    text = client.post(path_of(person), pasted).content.decode()
    assert "1 of the 2 papers you named is known here; 1 is new" in text
    assert "Not listed here: Unknown" in text
    assert person.interests.get().paper == paper
    assert "0 are new" in client.post(path_of(person), pasted).content.decode()
    assert "Nothing was named" in client.post(path_of(person), {"like": "yes"}).content.decode()


def test_a_hidden_paper_may_come_again(client: Client) -> None:
    person, paper = make_subscriber(), make_paper("Slow Grippers")
    give_feedback(subscriber_id=person.pk, paper_id=paper.pk, kind=Feedback.Kind.HIDE, now=NOW)
    assert "1 paper you hid" in client.get(path_of(person)).content.decode()
    text = client.post(path_of(person), {"unhide": paper.pk}, follow=True).content.decode()
    assert "may come to you again" in text
    assert not person.feedback.exists()


@pytest.mark.parametrize(("step", "weight"), [("strengthen", 2.0), ("weaken", 0.5), ("mute", -1.0)])
def test_an_interest_moves_by_one_press(client: Client, step: str, weight: float) -> None:
    person = make_subscriber()
    interest = Interest.objects.create(subscriber=person, kind="keyword", text="gripping")
    answer = client.post(path_of(person), {"interest": interest.pk, "step": step}, follow=True)
    assert "“gripping” is" in answer.content.decode()
    interest.refresh_from_db()
    assert interest.weight == weight


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40, "²"])
def test_odd_interest_numbers_change_nothing(client: Client, number: str) -> None:
    assert client.post(path_of(make_subscriber()), {"interest": number, "step": "mute"}).status_code == 302


def test_another_readers_interest_stays(client: Client) -> None:
    interest = Interest.objects.create(subscriber=make_subscriber(), kind="keyword", text="gripping")
    client.post(path_of(make_subscriber()), {"interest": interest.pk, "step": "remove"})
    assert Interest.objects.filter(pk=interest.pk).exists()


@time_machine.travel(NOW, tick=False)
def test_a_pause_until_a_day_ends_by_itself_and_one_digest_looks_back(client: Client) -> None:
    person = make_subscriber(next_due_at=NOW + timedelta(days=7))
    text = client.post(path_of(person), {"pause": "yes", "until": "2026-09-01"}, follow=True).content.decode()
    assert "no digest comes until 1 September 2026" in text
    assert resume_rested(now=NOW + timedelta(days=20)) == 0
    assert resume_rested(now=NOW + timedelta(days=29)) == 1
    _, [group] = claim_due(now=NOW + timedelta(days=35), limit=10)
    assert (group.first_day, group.last_day) == (date(2026, 8, 3), date(2026, 9, 7))
    assert Subscriber.objects.get().rested_from is None


def test_a_very_long_rest_looks_back_two_months_only() -> None:
    person = make_subscriber()
    pause(subscriber_id=person.pk, now=NOW, until=date(2027, 3, 1))
    resume_rested(now=NOW + timedelta(days=211))
    _, [group] = claim_due(now=NOW + timedelta(days=217), limit=10)
    assert (group.last_day - group.first_day).days == 62


@pytest.mark.parametrize("day", ["2026-08-03", "2030-01-01", "soon"])
@time_machine.travel(NOW, tick=False)
def test_a_day_that_is_no_rest_is_refused(client: Client, day: str) -> None:
    person = make_subscriber()
    assert client.post(path_of(person), {"pause": "yes", "until": day}).status_code == 422
    assert Subscriber.objects.get().state == Subscriber.State.ACTIVE


def test_the_download_holds_everything(client: Client) -> None:
    person = make_subscriber("ada@example.org")
    make_digest(person)
    answer = client.post(path_of(person, "data/"), {"export": "yes"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.json()["address"] == "ada@example.org"
    assert [digest["period"] for digest in answer.json()["digests"]] == ["2026-W32"]


def test_erasing_asks_once_then_leaves_only_a_hash(client: Client) -> None:
    person = make_subscriber("ada@example.org")
    make_digest(person)
    assert client.post(path_of(person, "data/"), {"erase": "yes"}).status_code == 422
    assert Subscriber.objects.exists()
    text = client.post(path_of(person, "data/"), {"erase": "yes", "sure": "yes"}).content.decode()
    assert "Your data is erased" in text
    assert not Subscriber.objects.exists()
    assert not Digest.objects.exists()
    assert [row.reason for row in Suppression.objects.all()] == ["erased"]
    sign_up(address="ada@example.org", choices=Choices(), now=NOW)
    assert not Subscriber.objects.exists()


def test_looking_changes_nothing(client: Client) -> None:
    person = make_subscriber()
    make_digest(person)
    for rest in ("", "mails/", "data/"):
        assert client.get(path_of(person, rest)).status_code == 200
    assert not ConsentEvent.objects.exists()
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize("rest", ["mails/", "mails/1/", "data/"])
def test_a_made_up_link_opens_nothing(client: Client, rest: str) -> None:
    assert client.get(f"/manage/1-1.x.y/{rest}").status_code == 404


def test_the_copy_in_the_browser_shows_the_digest_and_opens_nothing_else(client: Client) -> None:
    person = make_subscriber()
    copy = client.get(path_in(make_digest(person)))
    text = copy.content.decode()
    assert "Slow Grippers" in text
    assert "sandbox" in copy["Content-Security-Policy"]
    assert copy["X-Robots-Tag"] == "noindex, nofollow"
    assert "/manage/1" not in text
    assert make_manage_token(person.pk, version=1) not in text
