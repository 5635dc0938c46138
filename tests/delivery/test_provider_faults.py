"""A provider's HTTP API that throttles, breaks, hangs and answers nonsense.

Rows of the fault table: 14 (429), 15 (500, 503), 16 (hangs), 17 (taken, then lost), 18 (broken
answers), 19 (partial acceptance), 20 (401, 403), 24 (unreachable).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.composing.models import Digest, Edition
from digest.delivery import ledger
from digest.delivery.message import message_id
from tests.delivery.acts import compose_for, readers, send_all, state_of, states
from tests.delivery.conftest import use_provider
from tests.factories import NOW
from tests.peers.faults import Fault
from tests.peers.peer import Peer

pytestmark = pytest.mark.django_db
ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"
# Anymail warns that nobody there has an account at SendGrid to test with.
SENDGRID = pytest.param("sendgrid", marks=pytest.mark.filterwarnings("ignore:django-anymail has dropped"))
PROVIDERS = ["mailgun", "postmark", SENDGRID, "resend", "brevo"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_gets_one_mail_a_reader_with_our_own_mark(provider: Peer, settings: Any, name: str) -> None:
    use_provider(settings, name, provider.port)
    digests = compose_for(ADA, BOB)
    assert send_all() == {"accepted": 2}
    found = {line["recipient"]: (line["digest"], line["message_id"]) for line in provider.lines("taken")}
    assert found == {d.subscriber.email: (str(d.pk), message_id(d.pk)) for d in digests}
    assert provider.twice() == []


def test_patience_asked_for_by_the_provider_is_kept(provider: Peer) -> None:
    provider.play(Fault("request", code=429, retry_after="600", recipients=(ADA, CY)))
    compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 1, "retry": 2}
    waits = [digest.retry_at - NOW for digest in Digest.objects.filter(state="retry") if digest.retry_at]
    assert min(waits) >= timedelta(seconds=600)
    provider.play()
    assert send_all(minutes=9) == Counter()
    assert send_all(minutes=13) == {"accepted": 2}


@pytest.mark.parametrize("code", [429, 503])
def test_a_provider_that_wants_nobody_now_is_asked_a_few_times_and_later_gets_all(provider: Peer, code: int) -> None:
    provider.play(Fault("request", code=code))
    compose_for(*readers(12))
    for minute in range(3):
        send_all(minutes=minute)
    assert len(provider.lines("fault")) == 9
    provider.play()
    send_all(hours=1)
    assert states() == {"accepted": 12}


@pytest.mark.parametrize("stage", ["request", "taken"])
def test_a_provider_that_breaks_for_everybody_costs_only_a_few(provider: Peer, stage: str) -> None:
    provider.play(Fault(stage, code=500))
    compose_for(*readers(12))
    assert send_all() == {"unknown": 3}
    provider.play()
    assert send_all(minutes=3) == {"accepted": 9}
    assert provider.twice() == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("taken", code=500),
        Fault("taken", do="drop"),
        Fault("taken", do="garbage"),
        Fault("taken", do="html"),
        Fault("taken", do="null"),
        Fault("request", do="html"),
    ],
    ids=lambda fault: f"{fault.do}-at-{fault.at}",
)
@pytest.mark.parametrize("name", ["postmark", "mailgun", "brevo"])
def test_an_answer_that_says_nothing_is_unknown_and_never_repeated(
    provider: Peer, settings: Any, name: str, fault: Fault
) -> None:
    use_provider(settings, name, provider.port)
    provider.play(replace(fault, recipients=(BOB,)))
    compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 2, "unknown": 1}
    provider.play()
    assert send_all(hours=3) == Counter()
    assert state_of(BOB) == "unknown"
    assert provider.taken().count(BOB) == (fault.at == "taken")


def test_a_provider_that_never_answers_is_waited_for_only_so_long(provider: Peer, settings: Any) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": 0.3}
    provider.play(Fault("request", do="hang", seconds=1))
    compose_for(*readers(5))
    started = time.monotonic()
    assert send_all() == {"unknown": 3}
    assert time.monotonic() - started < 4
    while len(provider.taken()) < 3:
        time.sleep(0.05)
    assert states()["unknown"] == 3


@pytest.mark.parametrize("name", ["postmark", "mailgun"])
def test_a_refused_reader_is_recorded_and_the_others_go(provider: Peer, settings: Any, name: str) -> None:
    use_provider(settings, name, provider.port)
    provider.play(Fault("rcpt", recipients=(BOB,)))
    compose_for(ADA, BOB, CY)
    assert send_all() == {"accepted": 2, "refused": 1}
    assert state_of(BOB) == "refused"
    assert send_all(hours=3) == Counter()
    assert sorted(provider.taken()) == [ADA, CY]


def test_one_refused_reader_of_a_merged_request_takes_nobody_along(provider: Peer, settings: Any) -> None:
    use_provider(settings, "mailgun", provider.port)
    settings.EMAIL_PROVIDER, settings.MERGE = "mailgun", True
    everyone = readers(9)
    provider.play(Fault("rcpt", recipients=(everyone[4],)))
    compose_for(*everyone)
    assert send_all() == {"accepted": 8, "refused": 1}
    assert state_of(everyone[4]) == "refused"
    assert sorted(provider.taken()) == [who for who in everyone if who != everyone[4]]


@pytest.mark.parametrize("code", [401, 403])
def test_a_revoked_key_pauses_the_edition_at_once(provider: Peer, code: int) -> None:
    provider.play(Fault("request", code=code))
    compose_for(*readers(20))
    assert send_all() == {"retry": 1}
    edition = Edition.objects.get()
    assert edition.paused_at
    assert str(code) in edition.pause_reason
    assert send_all(hours=1) == Counter()
    provider.play()
    ledger.resume(edition.pk)
    assert send_all(hours=1) == {"accepted": 20}


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_provider_out_of_reach_refuses_nobody(provider: Peer, settings: Any, free_port: int, host: str) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": f"http://{host}:{free_port}/api/"}
    compose_for(*readers(5))
    assert send_all() == {"retry": 3}
    use_provider(settings, "postmark", provider.port)
    assert send_all(minutes=5) == {"accepted": 5}


def test_a_repeat_by_hand_under_the_same_key_reaches_nobody_twice(provider: Peer, settings: Any) -> None:
    use_provider(settings, "brevo", provider.port)
    provider.play(Fault("taken", do="drop"))
    compose_for(ADA)
    assert send_all() == {"unknown": 1}
    provider.play()
    Digest.objects.update(state=Digest.State.RETRY, retry_at=NOW)
    assert send_all(minutes=1) == {"accepted": 1}
    assert provider.lines("repeated")[0]["same"]
    assert provider.taken() == [ADA]
