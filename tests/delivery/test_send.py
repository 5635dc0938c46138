"""Claiming, handing over on a real SMTP connection, recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.composing.compose import compose_range
from digest.composing.models import Digest, Edition
from digest.composing.rows import DigestRow
from digest.composing.schedule import open_due
from digest.delivery import ledger, send
from digest.delivery.pace import Pace
from digest.delivery.ready import WORKBENCH, Printer
from digest.delivery.reconcile import RANGE
from digest.delivery.send import send_range
from digest.delivery.transport.outcome import ACCEPTED, Parcel
from digest.papers.models import Paper
from subscriptions.leaving import leave
from tests.conftest import SmtpSink
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LAST = 2**31


@pytest.fixture(autouse=True)
def _smtp(settings: Any, smtp_sink: SmtpSink) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port


def compose_for(*addresses: str) -> list[Digest]:
    if not Paper.objects.exists():
        make_paper("Grasping at scale", abstract="We grasp.", votes=12)
    for address in addresses:
        make_subscriber(address)
    open_due(now=NOW)
    compose_range(first_id=1, last_id=LAST, now=NOW)
    return list(Digest.objects.order_by("id"))


def send_all(**delta: int) -> Counter[str]:
    return send_range(first_id=1, last_id=LAST, now=NOW + timedelta(**delta))


def test_a_digest_arrives_with_its_headers_and_both_parts(smtp_sink: SmtpSink) -> None:
    [digest] = compose_for("ada@example.org")
    assert send_all() == {"accepted": 1}
    [message] = smtp_sink.messages
    assert message["Message-ID"] == f"<digest-{digest.pk}@paperboy.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/leave/" in message["List-Unsubscribe"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert "<digest.paperboy.example>" in message["List-Id"]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Grasping at scale" in text.get_content()
    assert "Grasping at scale" in html.get_content()
    assert "ada@example.org" not in html.get_content() + text.get_content()


def test_sending_twice_sends_once(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org", "bob@example.org")
    send_all()
    assert send_all() == Counter()
    assert sorted(smtp_sink.recipients) == ["ada@example.org", "bob@example.org"]


def test_a_refusal_is_recorded_with_the_servers_words_and_stops_nobody(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer = lambda envelope: "554 no thanks" if "bob@example.org" in envelope.rcpt_tos else "250 taken"
    compose_for("ada@example.org", "bob@example.org", "cy@example.org")
    assert send_all() == {"accepted": 2, "refused": 1}
    assert Digest.objects.get(state="refused").error == "554 no thanks"


def test_a_temporary_refusal_is_tried_again_later_with_the_same_message_id(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer = lambda _: "451 later"
    [digest] = compose_for("ada@example.org")
    assert send_all() == {"retry": 1}
    smtp_sink.answer = lambda _: "250 taken"
    assert send_all() == Counter()
    assert send_all(minutes=5) == {"accepted": 1}
    assert smtp_sink.messages[0]["Message-ID"] == f"<digest-{digest.pk}@paperboy.example>"
    digest.refresh_from_db()
    assert digest.attempts == 2


def test_attempts_end_with_a_refusal_that_says_so(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer = lambda _: "451 later"
    compose_for("ada@example.org")
    for hour in range(ledger.MOST_ATTEMPTS):
        send_all(hours=3 * hour)
    digest = Digest.objects.get()
    assert (digest.state, digest.attempts) == (Digest.State.REFUSED, ledger.MOST_ATTEMPTS)
    assert digest.error.startswith("Given up after")


def test_a_reader_who_left_after_composing_gets_nothing(smtp_sink: SmtpSink) -> None:
    [digest] = compose_for("ada@example.org")
    leave(subscriber_id=digest.subscriber_id, now=NOW)
    assert send_all() == {"skipped": 1}
    assert smtp_sink.messages == []


def test_a_reader_who_leaves_while_the_claim_is_worked_on_gets_nothing(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org", "bob@example.org", "cy@example.org")
    digests = ledger.claim(first_id=1, last_id=LAST, token="t", now=NOW, limit=10)
    ids = [row.pk for row in digests]
    assert ledger.still_wanted("t", ids) == set(ids)
    assert ledger.still_wanted("t", ids[2:]) == set(ids[2:])
    leave(subscriber_id=digests[1].subscriber.pk, now=NOW)
    assert ledger.still_wanted("t", ids) == {ids[0], ids[2]}
    assert ledger.still_wanted("t", ids[2:]) == {ids[2]}
    assert ledger.still_wanted("t", []) == set()


def test_no_letter_is_made_for_whoever_leaves_while_others_are_written_to(
    smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "LOOK_AGAIN", -1.0)
    digests = compose_for(*(f"reader-{number}@example.org" for number in range(40)))
    [last] = [digest for digest in digests if digest.subscriber.email.startswith("reader-39@")]
    write = Printer.write
    written: list[int] = []

    def note(printer: Printer, row: DigestRow) -> Parcel:
        if not written:
            leave(subscriber_id=last.subscriber_id, now=NOW)
        written.append(row.pk)
        return write(printer, row)

    monkeypatch.setattr(Printer, "write", note)
    assert send_all() == {"accepted": 39, "skipped": 1}
    assert len(smtp_sink.messages) == len(written) == 39
    assert last.pk not in written


def test_a_digest_that_is_gone_is_wanted_no_more() -> None:
    """An erased reader's row has vanished, and one whose lease ran out is another's to settle."""
    compose_for("ada@example.org", "bob@example.org", "cy@example.org")
    ids = [row.pk for row in ledger.claim(first_id=1, last_id=LAST, token="t", now=NOW, limit=10)]
    Digest.objects.filter(pk=ids[0]).delete()
    assert ledger.still_wanted("t", ids) == set(ids[1:])
    ledger.expire_leases(now=NOW + 2 * ledger.LEASE)
    assert ledger.still_wanted("t", ids) == set()


def test_a_server_that_is_down_costs_no_attempt_for_those_behind(settings: Any, free_port: int) -> None:
    settings.EMAIL_PORT = free_port
    compose_for(*(f"reader-{n}@example.org" for n in range(6)))
    assert send_all()["retry"] == 3
    assert Counter(Digest.objects.values_list("attempts", flat=True)) == {1: 3, 0: 3}


def test_a_paused_edition_sends_nothing_until_it_is_resumed(smtp_sink: SmtpSink) -> None:
    [digest] = compose_for("ada@example.org")
    assert digest.edition_id
    assert ledger.pause(digest.edition_id, reason="a look first", now=NOW)
    assert send_all() == Counter()
    assert ledger.resume(digest.edition_id)
    assert send_all() == {"accepted": 1}


def count_statements() -> int:
    """Statements from the claim to the record, without the looks again, which go by the clock."""
    with CaptureQueriesContext(connection) as statements:
        rows = ledger.claim(first_id=1, last_id=LAST, token="t" * 32, now=NOW, limit=100)
        WORKBENCH.open(rows)
        ledger.record([(row, ACCEPTED) for row in rows], claim="t" * 32, now=NOW)
    return len(statements)


def test_statements_of_a_claim_do_not_grow_with_its_digests() -> None:
    compose_for("ada@example.org")
    few = count_statements()
    compose_for(*[f"reader{number}@example.org" for number in range(30)])
    assert count_statements() == few <= 11
    assert not Digest.objects.exclude(state="accepted").exists()


def test_a_claim_that_takes_a_whole_range_knows_so() -> None:
    pace = Pace()
    pace.learn(count=RANGE, seconds=0.1)
    # Fewer than asked for were there: no second claim has to find out.
    assert pace.size > RANGE


def test_what_a_few_letters_took_tells_nothing_of_the_peer() -> None:
    pace = Pace()
    pace.learn(count=200, seconds=1.0)
    pace.learn(count=1, seconds=10.0)
    assert pace.size == 400


def test_a_pace_has_few_sizes() -> None:
    """A statement is put together for each of them."""
    pace = Pace()
    sizes = set()
    for count in range(50, 3_000):
        pace.learn(count=count, seconds=2.0)
        assert pace.size <= max(count, Pace.FEWEST) < pace.size + Pace.FEWEST or pace.size == Pace.MOST
        sizes.add(pace.size)
    assert len(sizes) <= 41


def test_a_claim_need_not_be_looked_at_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    still_wanted = ledger.still_wanted

    def look(token: str, ids: Sequence[int]) -> set[int]:
        looks.append(token)
        return still_wanted(token, ids)

    monkeypatch.setattr(ledger, "still_wanted", look)
    monkeypatch.setattr(send, "LOOK_AGAIN", 60.0)
    compose_for("ada@example.org", "bob@example.org")
    assert send_all() == {"accepted": 2}
    assert looks == []
    monkeypatch.setattr(send, "LOOK_AGAIN", -1.0)
    compose_for("cy@example.org")
    assert send_all() == {"accepted": 1}
    assert looks


def test_what_changes_between_two_tasks_shows_in_the_later_letters(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org")
    send_all()
    compose_for("ben@example.org")
    Paper.objects.update(title="Renamed meanwhile", votes=99)
    send_all()
    text = smtp_sink.messages[-1].get_body(("plain",))
    assert text is not None
    assert "Renamed meanwhile" in text.get_content()
    assert "99 votes" in text.get_content()


def test_two_claims_of_one_range_share_nothing() -> None:
    compose_for(*(f"reader-{n}@example.org" for n in range(6)))
    first = ledger.claim(first_id=1, last_id=LAST, token="a", now=NOW, limit=4)
    second = ledger.claim(first_id=1, last_id=LAST, token="b", now=NOW, limit=4)
    assert (len(first), len(second)) == (4, 2)
    assert not {digest.pk for digest in first} & {digest.pk for digest in second}


def test_a_dead_lease_becomes_unknown_and_is_never_sent_by_itself(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org")
    ledger.claim(first_id=1, last_id=LAST, token="dead", now=NOW, limit=10)
    later = NOW + timedelta(hours=1)
    assert ledger.expire_leases(now=later) == 1
    assert send_range(first_id=1, last_id=LAST, now=later) == Counter()
    assert Digest.objects.get().state == Digest.State.UNKNOWN


def test_a_letter_that_cannot_be_built_is_named_and_stops_nobody(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org", "bob@example.org")
    odd = [{"paper": Paper.objects.get().pk, "reasons": [{"kind": "no such reason"}]}]
    Digest.objects.filter(subscriber__email="ada@example.org").update(entries=odd)
    assert send_all() == {"accepted": 1, "refused": 1}
    assert Digest.objects.get(state="refused").error.startswith("It could not be built")


def test_a_digest_whose_papers_were_all_withdrawn_is_skipped(smtp_sink: SmtpSink) -> None:
    compose_for("ada@example.org")
    Paper.objects.update(withdrawn_at=NOW)
    assert send_all() == {"skipped": 1}
    assert smtp_sink.messages == []


def test_run_tick_does_the_whole_flow_and_a_second_run_nothing(smtp_sink: SmtpSink, capsys: Any) -> None:
    make_paper("Grasping at scale", votes=12)
    make_subscriber("ada@example.org")
    call_command("run_tick", now=NOW)
    call_command("run_tick", now=NOW)
    assert smtp_sink.recipients == ["ada@example.org"]
    out = capsys.readouterr().out.splitlines()
    assert "1 due; 1 accepted" in out[0]
    assert "0 due; nothing to send" in out[1]
    assert Edition.objects.get().frozen_at == NOW
