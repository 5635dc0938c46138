"""A mail server that refuses, defers, hangs up and falls silent.

Rows of the fault table: 16 (hangs), 20 (credentials), 21 (421, 450, 452), 22 (550, 554, 552),
23 (connection lost at each step), 24 (unreachable, no such host).
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from digest.composing.models import Digest, Edition
from digest.delivery import ledger
from digest.delivery.message import message_id
from tests.delivery.acts import compose_for, readers, send_all, state_of, states
from tests.peers.faults import Fault
from tests.peers.peer import Peer

pytestmark = pytest.mark.django_db
ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"


def test_everyone_gets_one_mail_with_a_message_id_of_their_own(smtp: Peer) -> None:
    digests = compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 3}
    found = {line["recipient"]: line["message_id"] for line in smtp.lines("taken")}
    assert found == {d.subscriber.email: message_id(d.pk) for d in digests}


@pytest.mark.parametrize(("stage", "code"), [("rcpt", 550), ("rcpt", 553), ("body", 554), ("body", 552)])
def test_a_refusal_touches_no_neighbour_and_is_not_tried_again(smtp: Peer, stage: str, code: int) -> None:
    smtp.play(Fault(stage, code=code, recipients=(BOB,), text="not here"))
    compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 2, "refused": 1}
    assert Digest.objects.get(subscriber__email=BOB).error == f"{code} not here"
    smtp.play()
    assert send_all(hours=3) == Counter()
    assert sorted(smtp.taken()) == [ADA, CY]


def test_a_server_that_closes_after_each_message_is_met_again(smtp: Peer) -> None:
    smtp.play(Fault("mail", code=421, after=1, text="enough for one connection"))
    compose_for(*readers(6))
    assert send_all() == {"accepted": 3, "retry": 3}
    assert send_all(minutes=2)["accepted"] == 2
    send_all(minutes=10)
    send_all(minutes=30)
    assert sorted(smtp.taken()) == readers(6)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rcpt", code=450, first=True, text="greylisted"),
        Fault("rcpt", code=452, times=1),
        Fault("body", code=451, times=1),
        Fault("mail", code=421, times=1),
        Fault("connect", code=421, times=1),
        Fault("connect", do="drop", times=1),
        Fault("mail", do="drop", times=1),
        Fault("rcpt", do="drop", times=1),
        Fault("data", do="drop", times=1),
    ],
    ids=lambda fault: f"{fault.do}-{fault.code}-at-{fault.at}",
)
def test_what_was_certainly_not_taken_goes_later_under_the_same_message_id(smtp: Peer, fault: Fault) -> None:
    smtp.play(fault)
    [digest] = compose_for(ADA)
    assert send_all() == {"retry": 1}
    assert smtp.taken() == []
    assert send_all(seconds=50) == Counter()
    assert send_all(minutes=2) == {"accepted": 1}
    assert [line["message_id"] for line in smtp.lines("taken")] == [message_id(digest.pk)]


@pytest.mark.parametrize(("stage", "kept"), [("body", 0), ("taken", 1)])
def test_a_connection_lost_after_the_message_is_unknown_and_never_repeated(smtp: Peer, stage: str, kept: int) -> None:
    smtp.play(Fault(stage, do="drop", recipients=(BOB,)))
    compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 2, "unknown": 1}
    smtp.play()
    assert send_all(hours=3) == Counter()
    assert state_of(BOB) == "unknown"
    assert smtp.taken().count(BOB) == kept


def test_a_server_that_swallows_messages_without_an_answer_costs_only_a_few(smtp: Peer) -> None:
    smtp.play(Fault("taken", do="drop"))
    compose_for(*readers(10))
    send_all()
    assert states() == {"unknown": 3, "retry": 7}
    smtp.play()
    assert send_all(seconds=1) == {"accepted": 7}
    assert smtp.twice() == []


@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_server_that_hangs_up_on_everyone_is_left_alone_for_a_while(smtp: Peer, stage: str) -> None:
    smtp.play(Fault(stage, do="drop"))
    compose_for(*readers(10))
    assert send_all() == {"retry": 3}
    assert Counter(Digest.objects.values_list("attempts", flat=True)) == {1: 3, 0: 7}


@pytest.mark.parametrize(("stage", "state"), [("connect", "retry"), ("rcpt", "retry"), ("taken", "unknown")])
def test_a_server_that_falls_silent_is_waited_for_only_so_long(
    smtp: Peer, settings: Any, stage: str, state: str
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    smtp.play(Fault(stage, do="hang", seconds=2))
    compose_for(ADA)
    started = time.monotonic()
    assert send_all() == {state: 1}
    assert time.monotonic() - started < 1.5


def test_wrong_credentials_pause_the_edition_and_go_on_after_a_person_resumed_it(smtp: Peer, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "paperboy", "wrong"
    smtp.play(Fault("auth", code=535, text="who are you"))
    compose_for(*readers(5))
    assert send_all() == {"retry": 1}
    edition = Edition.objects.get()
    assert "535" in edition.pause_reason
    assert send_all(hours=1) == Counter()
    smtp.play()
    ledger.resume(edition.pk)
    assert send_all(hours=1) == {"accepted": 5}


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_server_out_of_reach_refuses_nobody(smtp: Peer, settings: Any, free_port: int, host: str) -> None:
    port, settings.EMAIL_PORT, settings.EMAIL_HOST = settings.EMAIL_PORT, free_port, host
    compose_for(*readers(5))
    assert send_all() == {"retry": 3}
    settings.EMAIL_PORT, settings.EMAIL_HOST = port, "127.0.0.1"
    assert send_all(minutes=5) == {"accepted": 5}
    assert smtp.twice() == []


def test_a_zero_byte_in_the_servers_words_stops_nothing(smtp: Peer) -> None:
    smtp.play(Fault("body", code=554, text="no\0thanks", recipients=(BOB,)))
    compose_for(ADA, BOB)
    assert send_all() == {"accepted": 1, "refused": 1}
    assert "\0" not in Digest.objects.get(subscriber__email=BOB).error
