"""Notices: sent once, retried with patience, never to who must not be written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from pytest_django import Settings

from subscriptions.emails import LEASE, _claim, _find_due, send_waiting
from subscriptions.models import Notice, Subscriber, Suppression
from subscriptions.suppression import suppress
from subscriptions.tasks import send_notices
from subscriptions.tokens import read_confirm_token
from tests.subscriptions.people import MINUTE, NOW, make_person, make_reader

pytestmark = pytest.mark.django_db
State, Kind = Notice.State, Notice.Kind


class DeadServer(BaseEmailBackend):
    """A mail server that hangs up on everybody."""

    calls = 0

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Fail, and count."""
        DeadServer.calls += 1
        raise SMTPServerDisconnected("gone")


class PickyServer(BaseEmailBackend):
    """A mail server that refuses one reader and takes the others."""

    taken: tuple[str, ...] = ()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Refuse ada, keep the rest."""
        to = email_messages[0].to[0]
        if to.startswith("ada"):
            raise SMTPRecipientsRefused({to: (550, b"5.1.1 no such user")})
        PickyServer.taken += (to,)
        return 1


def owe(kind: Notice.Kind = Kind.CONFIRM, person: Subscriber | None = None) -> Notice:
    """A notice that is due at `NOW`."""
    return Notice.objects.create(subscriber=person or make_person(), kind=kind, due_at=NOW, created_at=NOW)


def use(settings: Settings, backend: type[BaseEmailBackend]) -> None:
    """Send through this backend."""
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def test_a_confirmation_goes_to_one_address_with_its_link() -> None:
    notice = owe()
    assert send_waiting(now=NOW) == 1
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in message.extra_headers
    body = str(message.body)
    token = body.partition("/confirm/")[2].partition("/")[0]
    assert read_confirm_token(token) == notice.subscriber_id
    notice.refresh_from_db()
    assert (notice.state, notice.sent_at, notice.attempts, notice.error) == (State.SENT, NOW, 1, "")


@pytest.mark.parametrize("kind", [Kind.WELCOME, Kind.ALREADY, Kind.MANAGE])
def test_readers_notices_lead_to_their_page(kind: Notice.Kind) -> None:
    owe(kind, make_reader())
    assert send_waiting(now=NOW) == 1
    assert "/manage/" in str(mail.outbox[0].body)
    assert "text/html" in str(mail.outbox[0].message())


def test_the_message_id_belongs_to_the_notice_not_to_the_attempt(settings: Settings) -> None:
    notice = owe()
    send_waiting(now=NOW)
    Notice.objects.update(state=State.WAITING, due_at=NOW)
    send_waiting(now=NOW + MINUTE)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second == f"<notice.{notice.pk}.20260803090000@{settings.MAIL_DOMAIN}>"


def test_a_notice_is_sent_once_and_not_before_its_time() -> None:
    owe()
    assert send_waiting(now=NOW - MINUTE) == 0
    assert send_waiting(now=NOW) == 1
    assert send_waiting(now=NOW + timedelta(days=1)) == 0
    assert len(mail.outbox) == 1


def test_the_task_sends_what_is_due() -> None:
    Notice.objects.create(subscriber=make_person(), kind=Kind.CONFIRM)
    assert send_notices() == 1


def test_a_leased_notice_is_left_alone_until_the_lease_ends() -> None:
    notice = owe()
    Notice.objects.update(state=State.SENDING, due_at=NOW + LEASE, attempts=1)
    assert send_waiting(now=NOW + MINUTE) == 0
    assert send_waiting(now=NOW + LEASE) == 1
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (State.SENT, 2)


def test_of_two_workers_that_found_the_same_notice_one_gets_it() -> None:
    owe()
    first, second = _find_due(now=NOW, limit=1) + _find_due(now=NOW, limit=1)
    assert _claim(first, now=NOW)
    assert not _claim(second, now=NOW)


def test_a_notice_whose_workers_all_die_is_given_up() -> None:
    notice = owe()
    Notice.objects.update(state=State.SENDING, attempts=5)
    assert send_waiting(now=NOW) == 0
    notice.refresh_from_db()
    assert notice.state == State.FAILED
    assert not mail.outbox


def test_a_dead_server_is_tried_five_times_over_hours_then_given_up(settings: Settings) -> None:
    use(settings, DeadServer)
    notice = owe()
    for minutes, attempts in ((0, 1), (1, 2), (5, 2), (6, 3), (35, 3), (36, 4), (156, 5), (9999, 5)):
        assert send_waiting(now=NOW + minutes * MINUTE) == 0
        notice.refresh_from_db()
        assert notice.attempts == attempts
    assert notice.state == State.FAILED
    assert notice.error == "SMTPServerDisconnected: gone"


def test_a_run_stops_after_three_failures_in_a_row(settings: Settings) -> None:
    use(settings, DeadServer)
    DeadServer.calls = 0
    for number in range(9):
        owe(person=make_person(f"reader{number}@example.org"))
    send_waiting(now=NOW)
    assert DeadServer.calls == 3
    assert Notice.objects.filter(state=State.WAITING, attempts=0).count() == 6


def test_one_refused_address_does_not_stop_the_others_and_is_not_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, PickyServer)
    refused = owe()
    owe(person=make_person("grace@example.org"))
    assert send_waiting(now=NOW) == 1
    assert PickyServer.taken == ("grace@example.org",)
    refused.refresh_from_db()
    assert refused.state == State.WAITING
    assert "5.1.1" in refused.error
    assert "@" not in refused.error + caplog.text


@pytest.mark.parametrize("scope", list(Suppression.Scope))
def test_a_suppressed_address_gets_nothing_where_all_mail_is_stopped(scope: Suppression.Scope) -> None:
    notice = owe()
    suppress(address="ada@example.org", scope=scope, reason=Suppression.Reason.NEVER)
    assert send_waiting(now=NOW) == (0 if scope == Suppression.Scope.ALL else 1)
    notice.refresh_from_db()
    assert notice.state == (State.FAILED if scope == Suppression.Scope.ALL else State.SENT)


def test_who_left_meanwhile_gets_the_goodbye_and_nothing_else() -> None:
    person = make_person(state=Subscriber.State.LEFT)
    for kind in Kind:
        owe(kind, person)
    assert send_waiting(now=NOW) == 1
    assert Notice.objects.get(state=State.SENT).kind == Kind.GOODBYE


def test_what_a_visitor_typed_is_in_no_notice() -> None:
    person = make_reader("buy-pills@example.org", consent_source="typed words")
    person.interests.create(kind="keyword", text="typed words")
    for kind in (Kind.WELCOME, Kind.ALREADY, Kind.MANAGE):
        owe(kind, person)
    send_waiting(now=NOW)
    texts = [str(message.message()) for message in mail.outbox]
    assert len(texts) == 3
    assert not any("typed words" in text for text in texts)
    assert all(text.count("buy-pills") == 1 for text in texts)
