"""A change of address: both mailboxes confirm, in any order, once; nothing is told of the new address."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.core import mail
from django.test import Client

from subscriptions.emails import send_waiting
from subscriptions.links import move_link
from subscriptions.models import AddressChange, ConsentEvent, Notice, Subscriber, Suppression
from subscriptions.moving import Move, Side, confirm_move, request_move
from subscriptions.suppression import suppress
from subscriptions.tokens import make_manage_token
from tests.subscriptions.people import DAY, NOW, make_person, make_reader

pytestmark = pytest.mark.django_db
NEW = "ada@new.example.org"


def ask(person: Subscriber | None = None, address: str = NEW) -> AddressChange:
    person = person or make_reader()
    request_move(person=person, address=address, now=NOW)
    return AddressChange.objects.latest("id")


@pytest.mark.parametrize("order", list(permutations([Side.OLD, Side.NEW])))
def test_both_mailboxes_confirm_in_any_order(order: tuple[Side, Side]) -> None:
    change = ask()
    assert confirm_move(change_id=change.pk, side=order[0], now=NOW) is Move.HALF
    assert Subscriber.objects.get().email == "ada@example.org"
    assert confirm_move(change_id=change.pk, side=order[1], now=NOW) is Move.DONE
    person = Subscriber.objects.get()
    assert (person.email, person.email_key, person.token_version) == (NEW, NEW, 2)
    assert ConsentEvent.objects.get().kind == ConsentEvent.Kind.MOVED


def test_one_mailbox_twice_is_not_both_and_a_replay_does_nothing() -> None:
    change = ask()
    for _ in range(3):
        assert confirm_move(change_id=change.pk, side=Side.NEW, now=NOW) is Move.HALF
    for _ in range(3):
        assert confirm_move(change_id=change.pk, side=Side.OLD, now=NOW) is Move.DONE
    assert Subscriber.objects.get().token_version == 2
    assert ConsentEvent.objects.count() == 1


def test_each_mailbox_gets_its_own_mail() -> None:
    ask()
    assert send_waiting(now=NOW) == 2
    assert {message.to[0] for message in mail.outbox} == {"ada@example.org", NEW}
    [to_new] = [message for message in mail.outbox if message.to == [NEW]]
    assert "/move/" in str(to_new.body)
    assert "ada@example.org" not in str(to_new.message())


def test_a_newer_wish_makes_the_older_one_void() -> None:
    person = make_reader()
    older, newer = ask(person), ask(person, "ada@third.example.org")
    assert confirm_move(change_id=older.pk, side=Side.NEW, now=NOW) is Move.VOID
    assert confirm_move(change_id=newer.pk, side=Side.NEW, now=NOW) is Move.HALF


def test_a_suppressed_address_gets_no_mail_and_never_a_digest() -> None:
    suppress(address=NEW, scope=Suppression.Scope.ALL, reason=Suppression.Reason.NEVER)
    change = ask()
    assert [notice.kind for notice in Notice.objects.all()] == [Notice.Kind.MOVING]
    assert confirm_move(change_id=change.pk, side=Side.NEW, now=NOW) is Move.VOID


def test_an_address_suppressed_after_the_wish_gets_no_mail() -> None:
    ask()
    suppress(address=NEW, scope=Suppression.Scope.ALL, reason=Suppression.Reason.NEVER)
    assert send_waiting(now=NOW) == 1
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_a_subscription_at_the_new_address_stays_and_an_unconfirmed_one_gives_way() -> None:
    person = make_reader()
    make_person(NEW)
    for side in Side:
        outcome = confirm_move(change_id=ask(person).pk if side is Side.OLD else latest(), side=side, now=NOW)
    assert outcome is Move.DONE
    make_reader("busy@example.org")
    change = ask(Subscriber.objects.get(email=NEW), "busy@example.org")
    confirm_move(change_id=change.pk, side=Side.OLD, now=NOW)
    assert confirm_move(change_id=change.pk, side=Side.NEW, now=NOW) is Move.TAKEN
    assert Subscriber.objects.count() == 2


def latest() -> int:
    return AddressChange.objects.latest("id").pk


def test_the_same_address_and_too_many_wishes_are_refused_in_words() -> None:
    person = make_reader()
    with pytest.raises(ValueError, match="already"):
        ask(person, "ADA@example.org")
    for number in range(3):
        ask(person, f"ada{number}@new.example.org")
    with pytest.raises(ValueError, match="tomorrow"):
        ask(person)
    request_move(person=person, address=NEW, now=NOW + DAY)


def test_who_left_meanwhile_does_not_move() -> None:
    change = ask()
    Subscriber.objects.update(state=Subscriber.State.LEFT)
    assert confirm_move(change_id=change.pk, side=Side.OLD, now=NOW) is Move.VOID


def test_the_pages_show_a_button_and_only_the_press_counts(client: Client) -> None:
    person = make_reader()
    path = f"/manage/{make_manage_token(person.pk, version=1)}/"
    answer = client.post(path, {"move": "yes", "move-email": NEW}, follow=True).content.decode()
    assert "Two mails are on their way" in answer
    assert "both addresses have yet to confirm" in answer
    for side in Side:
        link = "/" + move_link(change_id=latest(), side=side).split("/", 3)[3]
        assert client.get(link).status_code == 200
        assert Subscriber.objects.get().email == "ada@example.org"
        text = client.post(link).content.decode()
    assert "Your digest has moved" in text
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("address", ["", "no address", "ada@example.org"])
def test_a_bad_new_address_is_told_beside_the_field(client: Client, address: str) -> None:
    person = make_reader()
    path = f"/manage/{make_manage_token(person.pk, version=1)}/"
    assert client.post(path, {"move": "yes", "move-email": address}).status_code == 422
    assert not AddressChange.objects.exists()
