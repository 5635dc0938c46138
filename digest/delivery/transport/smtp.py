"""SMTP, with the reply to every command sorted, so that a lost connection tells what can have been taken.

Where the server pipelines (RFC 2920), a body and the next envelope leave in one write, and their replies
are read when the next message is ready: one round trip a message, and the server works while we build.
At most one body per connection is ever unanswered. Nobody outside this folder knows.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from socket import socket

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from digest.composing.models import Digest
from digest.delivery.transport.dialogue import CLOSING, OK, Dialogue, Reply
from digest.delivery.transport.outcome import (
    ACCEPTED,
    Answers,
    Leaving,
    Outcome,
    Parcel,
    ReadyMessage,
    WithdrawnError,
)

S = Digest.State
TEMPORARY, PERMANENT, LAST = 400, 500, 599
LOST = (OSError, smtplib.SMTPException)
Held = tuple[Parcel, Callable[[Parcel], None]]


class SmtpLane:
    """One held connection, opened again when the server closes it.

    A message passes through three places: its envelope is out (`_enveloped`), the server waits for
    its body (`_waiting`), its body is out (`_flying`).
    """

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend
        self._dialogue: Dialogue | None = None
        self._enveloped: Held | None = None
        self._waiting: Held | None = None
        self._flying: Parcel | None = None

    def awaited(self) -> socket | None:
        """The connection whose answer `collect` would wait for; None where it would not wait."""
        connection = self._backend.connection
        return connection.sock if self._flying is not None and connection is not None else None

    def collect(self) -> Answers:
        """Read what the server says to the body that is out, and to the envelope behind it."""
        answers: Answers = []
        if self._flying is None and self._enveloped is None:
            return answers
        flying, self._flying = self._flying, None
        if flying is not None:
            answers.append((flying, self._read_body()))
        held, self._enveloped = self._enveloped, None
        if held is not None:
            answers += self._settle_envelope(held)
        return answers

    def hand_over(self, parcel: Parcel, starting: Callable[[Parcel], None]) -> Answers:
        """Offer one message; before its body leaves, every failure means it was not taken."""
        message = _ready(parcel)
        answers = self.collect()
        if self._waiting is not None:
            answers += self._send_waiting(message if self._pipelines() else None)
        if self._flying is not None and self._pipelines():
            # The envelope went behind that body.
            self._enveloped = parcel, starting
            return answers
        answers += self.collect()
        refusal = self._connect() or self._send_envelope(message)
        if refusal is not None:
            return [*answers, (parcel, refusal)]
        self._enveloped = parcel, starting
        return answers if self._pipelines() else [*answers, *self.finish()]

    def finish(self) -> Answers:
        """Send the body that is still held back, if any, and wait for its answer."""
        answers = self.collect()
        if self._waiting is not None:
            answers += self._send_waiting(None)
            answers += self.collect()
        return answers

    def hand_over_merged(self, message: EmailMultiAlternatives, leaving: Leaving) -> dict[str, Outcome]:  # noqa: ARG002  # the lanes' common shape
        """SMTP has no slots: whoever asks for this has not looked at the settings."""
        raise TypeError(f"An SMTP server cannot fill in slots for {len(message.to)} readers.")

    def close(self) -> None:
        """Say goodbye and let go; without a word where the server waits for a body that will not come."""
        if self._enveloped or self._waiting or self._flying:
            self._drop()
        self._dialogue = None
        self._backend.close()

    def _pipelines(self) -> bool:
        return self._dialogue is not None and self._dialogue.pipelines

    def _drop(self) -> None:
        """Hang up: the server is gone, or only this tells it that there is nothing more."""
        self._dialogue = self._enveloped = self._waiting = self._flying = None
        if self._backend.connection is not None:
            self._backend.connection.close()
        self._backend.close()

    def _send_waiting(self, following: ReadyMessage | None) -> Answers:
        """Send the held body, with the envelope of the one after it, unless it is withdrawn."""
        assert self._waiting is not None
        assert self._dialogue is not None
        (parcel, starting), dialogue = self._waiting, self._dialogue
        try:
            starting(parcel)
        except BaseException as reason:
            # The server still waits for the body: only hanging up tells it that there is none.
            self._drop()
            if isinstance(reason, WithdrawnError):
                return []
            raise
        self._waiting = None
        try:
            dialogue.send_body(_ready(parcel).content, following)
        except LOST as error:
            self._drop()
            return [(parcel, _lost_behind(error))]
        self._flying = parcel
        return []

    def _read_body(self) -> Outcome:
        """What the answer to a body means; without one, nobody knows."""
        dialogue = self._dialogue
        assert dialogue is not None
        try:
            reply = dialogue.read()
        except LOST as error:
            self._hang_up()
            return _lost_behind(error)
        if reply.code == OK:
            return ACCEPTED
        if not TEMPORARY <= reply.code <= LAST:
            self._hang_up()
            return Outcome(S.UNKNOWN, f"The answer to the message was not one: {reply}", peer_down=True)
        if reply.code == CLOSING:
            self._hang_up()
        return _refusal(reply)

    def _hang_up(self) -> None:
        """Drop the connection, but keep the message whose envelope was out: it was certainly not taken."""
        kept = self._enveloped
        self._drop()
        self._enveloped = kept

    def _settle_envelope(self, held: Held) -> Answers:
        """Read the replies to an envelope; on a connection that is gone, offer it anew first."""
        parcel, _ = held
        refusal = None
        if self._dialogue is None:
            refusal = self._connect() or self._send_envelope(_ready(parcel))
        refusal = refusal or self._read_envelope()
        if refusal is not None:
            return [(parcel, refusal)]
        self._waiting = held
        return []

    def _connect(self) -> Outcome | None:
        """Open the connection where there is none; the outcome if that fails."""
        if self._dialogue is not None:
            return None
        try:
            self._backend.open()
            assert self._backend.connection is not None
            self._dialogue = Dialogue(self._backend.connection)
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            return Outcome(S.RETRY, _words(error), shut_out=True)
        except LOST as error:
            self._drop()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        return None

    def _send_envelope(self, message: ReadyMessage) -> Outcome | None:
        assert self._dialogue is not None
        try:
            self._dialogue.send_envelope(message)
        except LOST as error:
            self._drop()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        return None

    def _read_envelope(self) -> Outcome | None:
        """The outcome if the server says no at MAIL, RCPT or DATA; all its replies are read either way."""
        assert self._dialogue is not None
        try:
            refusal = self._dialogue.read_envelope()
        except LOST as error:
            self._drop()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        if refusal is None:
            return None
        command, reply = refusal
        if reply.code == CLOSING or not TEMPORARY <= reply.code <= LAST:
            self._drop()
        if command == "MAIL" and reply.code >= PERMANENT:
            # Not this reader's fault: nobody would get mail from this sender.
            return Outcome(S.RETRY, str(reply), shut_out=True)
        return _refusal(reply)


def _ready(parcel: Parcel) -> ReadyMessage:
    assert isinstance(parcel.message, ReadyMessage)
    return parcel.message


def _lost_behind(error: Exception) -> Outcome:
    return Outcome(S.UNKNOWN, f"The connection was lost after the message: {_words(error)}", peer_down=True)


def _refusal(reply: Reply) -> Outcome:
    state = S.REFUSED if reply.code >= PERMANENT else S.RETRY
    return Outcome(state, str(reply), peer_down=reply.code == CLOSING)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
