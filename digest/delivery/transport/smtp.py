"""SMTP, with the reply to every command sorted, so that a lost connection tells what can have been taken.

Where the server offers pipelining (RFC 2920), a message's body and the next one's envelope leave in
one write: one round trip a message instead of four. At most one body per connection is ever
unanswered. Nobody outside this folder knows.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from digest.composing.models import Digest
from digest.delivery.transport.dialogue import CLOSING, OK, Dialogue, Reply
from digest.delivery.transport.outcome import Answers, Leaving, Outcome, Parcel, ReadyMessage, WithdrawnError

S = Digest.State
TEMPORARY, PERMANENT, LAST = 400, 500, 599
LOST = (OSError, smtplib.SMTPException)


class SmtpLane:
    """One held connection, opened again when the server closes it."""

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend
        self._dialogue: Dialogue | None = None
        # The message whose envelope the server has taken and whose body it waits for.
        self._waiting: tuple[Parcel, Callable[[Parcel], None]] | None = None

    def hand_over(self, parcel: Parcel, starting: Callable[[Parcel], None]) -> Answers:
        """Offer one message; before its body leaves, every failure means it was not taken."""
        message = _ready(parcel)
        answers = self._finish_with(message)
        if self._dialogue is None or not self._dialogue.has_envelope:
            refusal = self._connect() or self._offer_envelope(message)
        else:
            refusal = self._read_envelope(self._dialogue)
        if refusal is not None:
            return [*answers, (parcel, refusal)]
        self._waiting = parcel, starting
        if self._dialogue is not None and not self._dialogue.pipelines:
            answers += self.finish()
        return answers

    def finish(self) -> Answers:
        """Send the body that is still held back, if any."""
        return self._finish_with(None)

    def hand_over_merged(self, message: EmailMultiAlternatives, leaving: Leaving) -> dict[str, Outcome]:  # noqa: ARG002  # the lanes' common shape
        """SMTP has no slots: whoever asks for this has not looked at the settings."""
        raise TypeError(f"An SMTP server cannot fill in slots for {len(message.to)} readers.")

    def close(self) -> None:
        """Say goodbye and let go; without a word where the server waits for a body that will not come."""
        if self._waiting is not None:
            self._drop()
        self._dialogue = None
        self._backend.close()

    def _drop(self) -> None:
        """Hang up: the server is gone, or only this tells it that there is nothing more."""
        self._dialogue = self._waiting = None
        if self._backend.connection is not None:
            self._backend.connection.close()
        self._backend.close()

    def _finish_with(self, following: ReadyMessage | None) -> Answers:
        """Send the held body, with the envelope of the one after it in the same write."""
        if self._waiting is None:
            return []
        (parcel, starting), self._waiting = self._waiting, None
        dialogue = self._dialogue
        assert dialogue is not None
        try:
            starting(parcel)
        except WithdrawnError:
            self._drop()
            return []
        except OSError:
            # The server still waits for the body: only hanging up tells it that there is none.
            self._drop()
            raise
        try:
            dialogue.send_body(_ready(parcel).content, following)
            reply = dialogue.read()
        except LOST as error:
            self._drop()
            detail = f"The connection was lost after the message: {_words(error)}"
            return [(parcel, Outcome(S.UNKNOWN, detail, peer_down=True))]
        return [(parcel, self._sort_body(reply))]

    def _sort_body(self, reply: Reply) -> Outcome:
        if reply.code == OK:
            return Outcome(S.ACCEPTED, reply.text)
        if not TEMPORARY <= reply.code <= LAST:
            self._drop()
            return Outcome(S.UNKNOWN, f"The answer to the message was not one: {reply}", peer_down=True)
        if reply.code == CLOSING:
            self._drop()
        return _refusal(reply)

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

    def _offer_envelope(self, message: ReadyMessage) -> Outcome | None:
        assert self._dialogue is not None
        try:
            self._dialogue.send_envelope(message)
        except LOST as error:
            self._drop()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        return self._read_envelope(self._dialogue)

    def _read_envelope(self, dialogue: Dialogue) -> Outcome | None:
        """The outcome if the server says no at MAIL, RCPT or DATA; all its replies are read either way."""
        try:
            refusal = dialogue.read_envelope()
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


def _refusal(reply: Reply) -> Outcome:
    state = S.REFUSED if reply.code >= PERMANENT else S.RETRY
    return Outcome(state, str(reply), peer_down=reply.code == CLOSING)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
