"""Changing choices without an account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from subscriptions.choices import FOLLOW, interest_rows
from subscriptions.keywords import Keyword
from subscriptions.models import Interest, Notice, Subscriber, Suppression
from subscriptions.pausing import pause, resume
from subscriptions.suppression import suppress
from subscriptions.tokens import make_manage_token
from tests.subscriptions.people import NOW, make_person, make_reader, make_topics

pytestmark = pytest.mark.django_db
State, Kind = Subscriber.State, Notice.Kind
FIELDS = {
    "topics": ["vision"],
    "keywords": "diffusion, -survey",
    "cadence": "weekdays",
    "weekday": "0",
    "hour": "7",
    "timezone": "Europe/Berlin",
    "paper_limit": "12",
}


def manage_path(person: Subscriber) -> str:
    """One person's own page."""
    return f"/manage/{make_manage_token(person.pk, version=person.token_version)}/"


def post(client: Client, person: Subscriber, **changes: Any) -> Any:
    """Press "Save changes" at `NOW`."""
    with time_machine.travel(NOW, tick=False):
        return client.post(manage_path(person), FIELDS | changes)


def test_saving_redirects_and_reports_what_the_database_holds(client: Client) -> None:
    make_topics()
    person = make_reader()
    answer = post(client, person)
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "Saved: 1 topic, 1 keyword, 1 muted, up to 12 papers every weekday at 07:00, Europe/Berlin." in page


def test_a_new_rhythm_moves_the_next_slot_and_an_old_one_does_not(client: Client) -> None:
    person = make_reader()
    post(client, person, topics=[])
    person.refresh_from_db()
    # Tuesday at seven in Berlin's summer.
    assert person.next_due_at == datetime(2026, 8, 4, 5, tzinfo=UTC)
    Subscriber.objects.update(next_due_at=NOW)
    post(client, person, topics=[], paper_limit="3")
    person.refresh_from_db()
    assert (person.next_due_at, person.paper_limit) == (NOW, 3)


def test_interests_the_form_does_not_show_are_kept(client: Client) -> None:
    _, _, old = make_topics()
    person = make_reader()
    Interest.objects.bulk_create(interest_rows(person.pk, frozenset([old.pk]), (Keyword("gone"),)))
    Interest.objects.create(subscriber=person, kind=Interest.Kind.AUTHOR, text="A. Author", weight=FOLLOW)
    post(client, person)
    kept = {str(interest) for interest in person.interests.all()}
    assert kept == {"Old things", "A. Author", "Computer vision", "diffusion", "survey"}


@pytest.mark.parametrize("changes", [{"paper_limit": "31"}, {"paper_limit": "0"}, {"timezone": "x"}])
def test_bad_values_change_nothing_and_are_shown(client: Client, changes: dict[str, str]) -> None:
    make_topics()
    person = make_reader()
    answer = post(client, person, **changes)
    assert answer.status_code == 422
    assert b'aria-invalid="true"' in answer.content
    assert b"diffusion, -survey" in answer.content
    person.refresh_from_db()
    assert person.timezone == "UTC"


def test_a_paused_reader_stays_paused(client: Client) -> None:
    make_topics()
    person = make_reader(state=State.PAUSED, next_due_at=None)
    post(client, person)
    person.refresh_from_db()
    assert (person.state, person.next_due_at, person.hour) == (State.PAUSED, None, 7)


def test_pausing_stops_the_slots_and_resuming_starts_from_the_next_one(client: Client) -> None:
    person = make_reader(hour=10)
    for _ in range(2):
        post(client, person, pause="yes", hour="1")
        person.refresh_from_db()
        assert (person.state, person.next_due_at, person.hour) == (State.PAUSED, None, 10)
    assert b"Resume my digest" in client.get(manage_path(person)).content
    post(client, person, resume="yes")
    person.refresh_from_db()
    assert (person.state, person.next_due_at) == (State.ACTIVE, datetime(2026, 8, 3, 10, tzinfo=UTC))


def test_pausing_and_resuming_leave_other_states_alone() -> None:
    for state in (State.PENDING, State.LEFT):
        person = make_person(f"{state}@example.org", state=state)
        assert not pause(subscriber_id=person.pk, now=NOW)
        assert not resume(subscriber_id=person.pk, now=NOW)
        person.refresh_from_db()
        assert person.state == state
    assert not resume(subscriber_id=0, now=NOW)


def test_raising_the_token_version_revokes_mailed_links(client: Client) -> None:
    person = make_reader()
    path = manage_path(person)
    Subscriber.objects.update(token_version=2)
    assert client.get(path).status_code == 410
    person.refresh_from_db()
    assert client.get(manage_path(person)).status_code == 200


def test_who_left_sees_that_and_changes_nothing(client: Client) -> None:
    make_topics()
    person = make_reader(state=State.LEFT, next_due_at=None)
    answer = post(client, person)
    assert b"You are unsubscribed" in answer.content
    person.refresh_from_db()
    assert (person.hour, person.state) == (8, State.LEFT)


def test_asking_for_the_link_answers_alike_and_mails_only_who_may_be_mailed(client: Client) -> None:
    make_reader("active@example.org")
    make_person("waiting@example.org")
    make_person("left@example.org", state=State.LEFT)
    make_reader("stop@example.org")
    suppress(address="stop@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.NEVER)
    answers = set()
    for name in ("active", "waiting", "left", "stop", "unknown", "active"):
        answer = client.post("/manage/", {"email": f"{name}@example.org"})
        answers.add(answer.content.replace(f"{name}@".encode(), b"@"))
    assert len(answers) == 1
    owed = Notice.objects.order_by("id").values_list("kind", "subscriber__email")
    assert list(owed) == [(Kind.MANAGE, "active@example.org"), (Kind.CONFIRM, "waiting@example.org")]


def test_a_bad_address_is_told_beside_the_field(client: Client) -> None:
    answer = client.post("/manage/", {"email": "ada"})
    assert answer.status_code == 422
    assert b"has an @ sign" in answer.content


def test_a_reader_chooses_titles_only_and_a_form_without_the_choice_keeps_it(client: Client) -> None:
    person = make_reader()
    post(client, person, topics=[], layout="compact")
    page = client.get(manage_path(person)).content.decode()
    assert "up to 12 compact papers" in page
    post(client, person, topics=[])
    person.refresh_from_db()
    assert person.layout == "compact"
