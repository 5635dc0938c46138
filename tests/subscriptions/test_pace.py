"""Limits by person, by network and for everybody; and where a visitor's network is read from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from subscriptions.emails import build_message
from subscriptions.links import never_link
from subscriptions.models import Attempt, Notice, Subscriber, Suppression
from subscriptions.networks import network_key
from subscriptions.pace import Action, forget_attempts, take_turn
from tests.subscriptions.people import NOW, filled_form, make_person, make_reader

pytestmark = pytest.mark.django_db


def come_from(address: str, passed: str = "") -> Any:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": passed} if passed else {})
    request.META["REMOTE_ADDR"] = address
    return request


def test_neighbours_share_a_network_and_strangers_do_not() -> None:
    keys = [network_key(come_from(address)) for address in ("192.0.2.1", "192.0.2.200", "192.0.3.1")]
    assert keys[0] == keys[1] != keys[2]
    assert network_key(come_from("::ffff:192.0.2.9")) == keys[0]
    assert network_key(come_from("2001:db8::1")) == network_key(come_from("2001:db8:0:42::1"))
    assert network_key(come_from("")) == network_key(come_from("unix:")) == ""
    assert "192" not in keys[0]


@pytest.mark.parametrize(("proxies", "believed"), [(0, "10.0.0.1"), (1, "203.0.113.7"), (2, "198.51.100.1")])
def test_only_as_many_proxies_as_configured_are_believed(settings: Any, proxies: int, believed: str) -> None:
    settings.PROXY_COUNT = proxies
    request = come_from("10.0.0.1", "6.6.6.6, 198.51.100.1, 203.0.113.7")
    assert network_key(request) == network_key(come_from(believed, believed))


def test_a_header_shorter_than_configured_is_not_believed(settings: Any) -> None:
    settings.PROXY_COUNT = 3
    request = come_from("10.0.0.1", "203.0.113.7")
    settings.PROXY_COUNT = 3
    assert network_key(request) == network_key(come_from("10.0.0.1"))


def test_a_person_has_an_hours_share_and_then_waits() -> None:
    def vote(person: int, minutes: int = 0) -> bool:
        return take_turn(
            Action.VOTE, request=come_from("192.0.2.1"), now=NOW + timedelta(minutes=minutes), person=person
        )

    assert all(vote(1) for _ in range(120))
    assert not vote(1)
    assert vote(2)
    assert vote(1, minutes=61)


def test_signups_are_limited_by_network_then_for_everybody(client: Client, settings: Any) -> None:
    answers = [client.post("/subscribe/", filled_form(email=f"r{n}@example.org")).status_code for n in range(32)]
    assert answers == [200] * 30 + [429] * 2
    settings.SIGNUPS_PER_HOUR = 31
    other = [client.post("/subscribe/", filled_form(), REMOTE_ADDR="198.51.100.1").status_code for _ in range(2)]
    assert other == [200, 429]
    assert Notice.objects.count() == 31


def test_the_brake_says_nothing_about_an_address(client: Client, settings: Any) -> None:
    make_reader("known@example.org")
    settings.SIGNUPS_PER_HOUR = 0
    answers = {client.post("/subscribe/", filled_form(email=f"{name}@example.org")).content for name in ("known", "x")}
    assert len(answers) == 1


def test_attempts_hold_no_address_and_are_forgotten_after_a_day() -> None:
    take_turn(Action.SUGGEST, request=come_from("192.0.2.1"), now=NOW, person=7)
    assert {len(row.key) for row in Attempt.objects.all()} == {64}
    assert forget_attempts(now=NOW + timedelta(hours=23)) == 0
    assert forget_attempts(now=NOW + timedelta(hours=25)) == 2


def test_never_write_to_me_needs_a_press_and_is_for_ever(client: Client) -> None:
    person = make_person("mallory-typed@example.org")
    path = "/" + never_link(subscriber_id=person.pk).split("/", 3)[3]
    assert client.get(path).status_code == client.head(path).status_code == 200
    assert Subscriber.objects.exists()
    assert "We will never write to you" in client.post(path).content.decode()
    assert not Subscriber.objects.exists()
    assert [row.reason for row in Suppression.objects.all()] == ["never"]
    client.post("/subscribe/", filled_form(email="mallory-typed@example.org"))
    assert not Notice.objects.exists()
    assert "Nothing is held" in client.get(path).content.decode()


def test_never_stops_a_running_subscription_too(client: Client) -> None:
    person = make_reader()
    client.post("/" + never_link(subscriber_id=person.pk).split("/", 3)[3])
    assert Subscriber.objects.get().state == Subscriber.State.LEFT


def test_the_confirmation_has_the_link_that_forbids_us_to_write() -> None:
    person = make_person()
    notice = Notice.objects.create(subscriber=person, kind=Notice.Kind.CONFIRM)
    message = build_message(notice)
    assert never_link(subscriber_id=person.pk) in message.body
    assert never_link(subscriber_id=person.pk) in str(message.alternatives[0][0])
