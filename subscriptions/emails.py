"""Sends notices: claims each in the database, writes it, hands it over, records what came of it."""

from __future__ import annotations

import contextlib
import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from digest.rendering.letter import NoticeLetter, Sender
from digest.rendering.render import render_notice
from subscriptions.addresses import clean_address
from subscriptions.cadence import describe
from subscriptions.choices import rhythm_of
from subscriptions.links import confirm_link, manage_link, move_link, never_link
from subscriptions.models import Notice, Subscriber, Suppression
from subscriptions.suppression import is_suppressed, not_suppressed

logger = logging.getLogger(__name__)

# Longer than a task may run, so that no second worker takes a notice that is still being sent.
LEASE = timedelta(minutes=10)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
MOST_ATTEMPTS = len(BACK_OFF) + 1
# A mail server that is down answers nobody: stop this run and let the next one try.
MOST_FAILURES_IN_A_ROW = 3
LONGEST_RUN_SECONDS = 180.0

PENDING, ACTIVE, PAUSED, LEFT = Subscriber.State
WAITING, SENDING, SENT, FAILED = Notice.State
# In which state a person still wants which mail: someone who left meanwhile gets no welcome.
WANTED_IN: dict[str, frozenset[str]] = {
    Notice.Kind.CONFIRM: frozenset({PENDING}),
    Notice.Kind.WELCOME: frozenset({ACTIVE, PAUSED}),
    Notice.Kind.ALREADY: frozenset({ACTIVE, PAUSED}),
    Notice.Kind.MANAGE: frozenset({ACTIVE, PAUSED}),
    Notice.Kind.GOODBYE: frozenset({LEFT}),
    Notice.Kind.ADDRESS: frozenset({ACTIVE, PAUSED}),
    Notice.Kind.MOVING: frozenset({ACTIVE, PAUSED}),
}


def send_waiting(*, now: datetime, limit: int = 100) -> int:
    """Send up to `limit` notices that are due; return how many the mail server took."""
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    connection = get_connection()
    sent = failures_in_a_row = 0
    try:
        for notice in _find_due(now=now, limit=limit):
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW or time.monotonic() > deadline:
                break
            if not _claim(notice, now=now) or not _is_wanted(notice):
                continue
            if _send(notice, connection, now=now):
                sent, failures_in_a_row = sent + 1, 0
            else:
                failures_in_a_row += 1
    finally:
        _close(connection)
    return sent


def build_message(notice: Notice, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The mail of one notice: one recipient, nothing in it that a visitor typed."""
    mail = render_notice(notice.kind, build_letter(notice))
    message = EmailMultiAlternatives(
        subject=" ".join(mail.subject.split()),
        body=mail.text,
        to=[clean_address(address_of(notice))],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": message_id(notice)},
        connection=connection,
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def build_letter(notice: Notice) -> NoticeLetter:
    """What the template of one notice may see."""
    person = notice.subscriber
    facts = {"rhythm": describe(rhythm_of(person)), "paper_limit": str(person.paper_limit)}
    if notice.kind == Notice.Kind.CONFIRM:
        facts["never_url"] = never_link(subscriber_id=person.pk)
    return NoticeLetter(
        sender=Sender(settings.SITE_NAME, settings.SITE_URL, settings.POSTAL_ADDRESS),
        action_url=_action_url(notice),
        facts=facts,
    )


def address_of(notice: Notice) -> str:
    """Where a notice goes: to its subscriber, but for the mail that asks a new address."""
    change = notice.change if notice.kind == Notice.Kind.ADDRESS else None
    return change.address if change else notice.subscriber.email


def message_id(notice: Notice) -> str:
    """The same for every attempt, so that a receiver may tell a repeat."""
    return f"<notice.{notice.pk}.{notice.created_at:%Y%m%d%H%M%S}@{settings.MAIL_DOMAIN}>"


def _action_url(notice: Notice) -> str:
    person = notice.subscriber
    match notice.kind:
        case Notice.Kind.CONFIRM:
            return confirm_link(subscriber_id=person.pk)
        case Notice.Kind.ADDRESS | Notice.Kind.MOVING if notice.change_id:
            return move_link(change_id=notice.change_id, side="new" if notice.kind == Notice.Kind.ADDRESS else "old")
        case Notice.Kind.GOODBYE:
            return f"{settings.SITE_URL}/"
        case _:
            return manage_link(subscriber_id=person.pk, version=person.token_version)


def _find_due(*, now: datetime, limit: int) -> list[Notice]:
    """Waiting ones, and those whose worker died: its lease is over, and a repeat beats silence here."""
    due = Notice.objects.filter(state__in=[WAITING, SENDING], due_at__lte=now)
    return list(due.select_related("subscriber", "change").order_by("due_at", "id")[:limit])


def _claim(notice: Notice, *, now: datetime) -> bool:
    """Take one notice, unless another worker has; `due_at` becomes the end of the lease."""
    mine = Notice.objects.filter(pk=notice.pk, state=notice.state, due_at=notice.due_at, attempts=notice.attempts)
    notice.attempts += 1
    notice.state = SENDING
    return mine.update(state=SENDING, due_at=now + LEASE, attempts=notice.attempts) == 1


def _is_wanted(notice: Notice) -> bool:
    """Whether the person, as the database knows them this moment, may and wants to get it."""
    if notice.attempts > MOST_ATTEMPTS:
        _record(notice, state=FAILED, error="Given up: the worker ended in the middle of every attempt.")
        return False
    writable = Subscriber.objects.filter(not_suppressed(scope=Suppression.Scope.ALL))
    wanted = writable.filter(pk=notice.subscriber_id, state__in=WANTED_IN[notice.kind])
    if notice.change_id:
        wanted = wanted.filter(address_changes=notice.change_id, address_changes__void_at=None)
    if wanted.exists() and not (notice.kind == Notice.Kind.ADDRESS and is_suppressed(address=address_of(notice))):
        return True
    _record(notice, state=FAILED, error="Not sent: no longer wanted, or the address must not be written to.")
    return False


def _send(notice: Notice, connection: BaseEmailBackend, *, now: datetime) -> bool:
    try:
        if build_message(notice, connection).send() != 1:
            raise ConnectionError("The mail server took nothing.")  # noqa: TRY301 (handled like a server's own word)
    except Exception as problem:  # noqa: BLE001 (every backend has its own errors; one must not stop the others)
        _close(connection)
        _record_failure(notice, problem, now=now)
        return False
    _record(notice, state=SENT, sent_at=now, error="")
    return True


def _record_failure(notice: Notice, problem: Exception, *, now: datetime) -> None:
    reason = f"{type(problem).__name__}: {problem}".replace(address_of(notice), "the address")[:300]
    # The log names the row, never the person.
    logger.warning("Notice %s was not sent, attempt %s: %s", notice.pk, notice.attempts, type(problem).__name__)
    if notice.attempts >= MOST_ATTEMPTS:
        _record(notice, state=FAILED, error=reason)
    else:
        _record(notice, state=WAITING, due_at=now + BACK_OFF[notice.attempts - 1], error=reason)


def _record(notice: Notice, **values: object) -> None:
    """Write the outcome, unless the lease ran out and somebody else has the notice now."""
    Notice.objects.filter(pk=notice.pk, state=SENDING, attempts=notice.attempts).update(**values)


def _close(connection: BaseEmailBackend) -> None:
    """Hang up; a connection that cannot even do that is gone anyway, and the next mail opens a new one."""
    with contextlib.suppress(Exception):
        connection.close()
