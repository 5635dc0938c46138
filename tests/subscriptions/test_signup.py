"""Double opt-in: the same answer for everybody, one mail at most, and consent only by a press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from subscriptions.choices import Choices, keywords_of
from subscriptions.forms import make_stamp
from subscriptions.models import Cadence, Interest, Notice, Subscriber, Suppression
from subscriptions.signup import Confirmation, confirm, sign_up
from subscriptions.suppression import suppress
from tests.subscriptions.people import DAY, MINUTE, NOW, filled_form, make_person, make_reader, make_topics

pytestmark = pytest.mark.django_db
State, Kind = Subscriber.State, Notice.Kind


def notices() -> list[str]:
    """Kinds of the mails owed, oldest first."""
    return list(Notice.objects.order_by("id").values_list("kind", flat=True))


def sign_up_plain(address: str, *, now: datetime = NOW) -> None:
    """A signup with nothing chosen."""
    sign_up(address=address, choices=Choices(), now=now)


def test_a_signup_is_pending_and_owes_one_mail(client: Client) -> None:
    robotics, *_ = make_topics()
    form = filled_form(topics=["robotics"], keywords="diffusion; -survey", cadence="daily", hour="7", weekday="2")
    answer = client.post("/subscribe/", form | {"timezone": "Europe/Berlin"})
    person = Subscriber.objects.get()
    assert answer.status_code == 200
    assert b"Check your inbox" in answer.content
    assert (person.state, person.cadence, person.hour, person.weekday) == (State.PENDING, Cadence.DAILY, 7, 2)
    assert (person.timezone, person.next_due_at, person.consent_at) == ("Europe/Berlin", None, None)
    assert person.interests.get(kind=Interest.Kind.TOPIC).topic == robotics
    assert [(word.text, word.muted) for word in keywords_of(person)] == [("diffusion", False), ("survey", True)]
    assert notices() == [Kind.CONFIRM]


def test_an_address_alone_is_enough(client: Client) -> None:
    client.post("/subscribe/", filled_form())
    person = Subscriber.objects.get()
    assert (person.cadence, person.weekday, person.hour, person.timezone) == ("weekly", 0, 8, "UTC")


def test_new_known_pending_gone_and_suppressed_get_the_same_answer(client: Client) -> None:
    make_reader("active@example.org")
    make_person("left@example.org", state=State.LEFT)
    make_person("pending@example.org")
    suppress(address="stop@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.NEVER)
    names = ["active", "left", "pending", "stop", "new"]
    answers = {
        client.post("/subscribe/", filled_form(email=f"{name}@example.org")).content.replace(f"{name}@".encode(), b"@")
        for name in names
    }
    assert len(answers) == 1
    assert not Subscriber.objects.filter(email_key="stop@example.org").exists()
    assert notices() == [Kind.ALREADY, Kind.CONFIRM, Kind.CONFIRM, Kind.CONFIRM]


def test_a_mailbox_gets_one_confirmation_in_ten_minutes_and_three_a_day() -> None:
    sign_up_plain("a.da@gmail.com")
    sign_up_plain("ada+1@gmail.com", now=NOW + 9 * MINUTE)
    assert Notice.objects.count() == 1
    for attempt in range(2, 9):
        sign_up_plain(f"ada+{attempt}@googlemail.com", now=NOW + attempt * 11 * MINUTE)
    assert Notice.objects.count() == 3
    sign_up_plain("ada@gmail.com", now=NOW + DAY + 12 * MINUTE)
    assert Notice.objects.count() == 4


def test_someone_subscribed_is_reminded_once_a_day_and_keeps_their_settings() -> None:
    person = make_reader(hour=6)
    for hours in (0, 1, 23):
        sign_up_plain("ADA@example.org", now=NOW + timedelta(hours=hours))
    person.refresh_from_db()
    assert (person.hour, person.state, person.email) == (6, State.ACTIVE, "ada@example.org")
    assert notices() == [Kind.ALREADY]


def test_a_second_signup_before_confirming_updates_the_choices(client: Client) -> None:
    make_topics()
    client.post("/subscribe/", filled_form(topics=["robotics"], keywords="old", hour="7"))
    client.post("/subscribe/", filled_form(topics=["vision"], keywords="new", hour="9"))
    person = Subscriber.objects.get()
    assert person.hour == 9
    assert {str(interest) for interest in person.interests.all()} == {"Computer vision", "new"}
    assert notices() == [Kind.CONFIRM]


def test_confirming_makes_active_with_consent_and_a_slot() -> None:
    sign_up_plain("ada@example.org")
    person = Subscriber.objects.get()
    assert confirm(subscriber_id=person.pk, now=NOW + MINUTE) is Confirmation.CONFIRMED
    person.refresh_from_db()
    assert person.state == State.ACTIVE
    assert person.consent_at == person.confirmed_at == NOW + MINUTE
    assert person.consent_source == "signup form, wording 1"
    assert person.next_due_at == datetime(2026, 8, 10, 8, tzinfo=UTC)
    assert notices() == [Kind.CONFIRM, Kind.WELCOME]


def test_confirming_again_changes_nothing() -> None:
    sign_up_plain("ada@example.org")
    person = Subscriber.objects.get()
    confirm(subscriber_id=person.pk, now=NOW)
    assert confirm(subscriber_id=person.pk, now=NOW + DAY) is Confirmation.ALREADY
    person.refresh_from_db()
    assert person.consent_at == NOW
    assert Notice.objects.filter(kind=Kind.WELCOME).count() == 1


def test_who_left_must_sign_up_again_before_confirming() -> None:
    person = make_person(state=State.LEFT, left_at=NOW)
    assert confirm(subscriber_id=person.pk, now=NOW) is Confirmation.LEFT
    sign_up_plain("ada@example.org", now=NOW + DAY)
    assert confirm(subscriber_id=person.pk, now=NOW + DAY) is Confirmation.CONFIRMED
    person.refresh_from_db()
    assert (person.state, person.left_at) == (State.ACTIVE, None)
    assert confirm(subscriber_id=0, now=NOW) is Confirmation.UNKNOWN


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "ada@"}, "This address does not work"),
        ({"email": ""}, "Please type your email address"),
        ({"keywords": "y" * 61}, "at most 60 characters"),
        ({"timezone": "Mars/Olympus"}, "time zone is not known"),
        ({"hour": "25"}, "25 is not one of the available choices"),
        ({"topics": ["nonsense"]}, "no topic called “nonsense”"),
        ({"stamp": ""}, "press the button once more"),
        ({"stamp": "1.5:forged"}, "press the button once more"),
    ],
)
def test_trouble_is_shown_beside_the_field_and_what_was_typed_is_kept(
    client: Client, fields: dict[str, object], words: str
) -> None:
    answer = client.post("/subscribe/", filled_form(**({"keywords": "kept words"} | fields)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(words) >= 1
    assert "kept words" in page or "keywords" in fields
    assert not Subscriber.objects.exists()


def test_a_form_sent_at_once_or_a_day_late_asks_for_one_more_press(client: Client) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False):
        for age in (timedelta(0), timedelta(hours=25)):
            stamp = make_stamp(now=datetime.now(UTC) - age)
            answer = client.post("/subscribe/", filled_form(stamp=stamp))
            assert answer.status_code == 422
    assert not Subscriber.objects.exists()


def test_a_program_in_the_trap_gets_the_usual_page_and_nothing_is_stored(client: Client) -> None:
    answer = client.post("/subscribe/", filled_form(website="https://spam.example"))
    honest = client.post("/subscribe/", filled_form())
    assert answer.content == honest.content
    assert Subscriber.objects.count() == 1


def test_the_signup_form_refuses_posts_from_other_sites() -> None:
    answer = Client(enforce_csrf_checks=True).post("/subscribe/", filled_form())
    assert answer.status_code == 403


def test_get_and_head_show_the_form_and_store_nothing(client: Client) -> None:
    make_topics()
    page = client.get("/subscribe/", {"email": "eve@example.org"}).content.decode()
    assert "Robotics" in page
    assert "Old things" not in page
    assert client.head("/subscribe/").status_code == 200
    assert not Subscriber.objects.exists()
