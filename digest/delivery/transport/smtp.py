"""SMTP, command by command, so that a lost connection tells whether the message can have been taken."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.utils import parseaddr

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from digest.composing.models import Digest
from digest.delivery.transport.outcome import Leaving, Outcome

S = Digest.State
OK, FORWARDED = 250, 251
START_BODY = 354
PERMANENT = 500
# "Service not available, closing": the next message needs a new connection.
CLOSING = 421


class SmtpLane:
    """One held connection, opened again when the server closes it."""

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend

    def hand_over(self, message: EmailMultiAlternatives, leaving: Leaving) -> Outcome:
        """Offer one message; before the body is complete every failure means it was not taken."""
        try:
            sender, recipient, body = _write(message)
        except ValueError as error:
            # No server could carry it, now or later.
            return Outcome(S.REFUSED, _words(error))
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            return Outcome(S.RETRY, _words(error), shut_out=True)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        try:
            refusal = self._open_envelope(server, sender, recipient)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Outcome(S.RETRY, _words(error), peer_down=True)
        return refusal or self._send_body(server, body, leaving)

    def hand_over_merged(self, message: EmailMultiAlternatives, leaving: Leaving) -> dict[str, Outcome]:  # noqa: ARG002  # the lanes' common shape
        """SMTP has no slots: whoever asks for this has not looked at the settings."""
        raise TypeError(f"An SMTP server cannot fill in slots for {len(message.to)} readers.")

    def close(self) -> None:
        """Say goodbye and let go, whatever the connection's condition."""
        self._backend.close()

    def _connect(self) -> smtplib.SMTP:
        self._backend.open()
        server = self._backend.connection
        assert server is not None
        server.ehlo_or_helo_if_needed()
        return server

    def _open_envelope(self, server: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        """MAIL, RCPT, DATA; the outcome if the server says no at any of them."""
        code, words = server.mail(sender)
        if code >= PERMANENT:
            # Not this reader's fault: nobody would get mail from this sender.
            self._tidy(server, code)
            return Outcome(S.RETRY, f"{code} {_text(words)}", shut_out=True)
        steps = [(code, words)] if code != OK else _steps_to_body(server, recipient)
        for code, words in steps:
            if code not in (OK, FORWARDED, START_BODY):
                self._tidy(server, code)
                return _refusal(code, words)
        return None

    def _send_body(self, server: smtplib.SMTP, body: bytes, leaving: Leaving) -> Outcome:
        try:
            leaving()
        except OSError:
            # The server waits for a body that will not come.
            server.close()
            raise
        try:
            server.send(_stuffed(body))
            code, words = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            detail = f"The connection was lost after the message: {_words(error)}"
            return Outcome(S.UNKNOWN, detail, peer_down=True)
        if code == OK:
            return Outcome(S.ACCEPTED, _text(words))
        self._tidy(server, code)
        return _refusal(code, words)

    def _tidy(self, server: smtplib.SMTP, code: int) -> None:
        """After a refusal: clear the envelope, or drop a connection that the server is closing."""
        if code == CLOSING:
            self.close()
            return
        try:
            server.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def _write(message: EmailMultiAlternatives) -> tuple[str, str, bytes]:
    """Sender, recipient and bytes as they go on the wire. Raises `ValueError` for what cannot."""
    [recipient] = message.recipients()
    sender = parseaddr(message.from_email)[1]
    for address in (sender, recipient):
        address.encode("ascii")
    return sender, recipient, message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's class takes it


def _steps_to_body(server: smtplib.SMTP, recipient: str) -> Iterator[tuple[int, bytes]]:
    yield server.rcpt(recipient)
    yield server.docmd("DATA")


def _refusal(code: int, words: bytes) -> Outcome:
    permanent = code >= PERMANENT
    return Outcome(S.REFUSED if permanent else S.RETRY, f"{code} {_text(words)}", peer_down=code == CLOSING)


def _stuffed(body: bytes) -> bytes:
    """The body as the wire wants it: leading dots doubled, a line with a dot at the end."""
    lines = body.replace(b"\r\n.", b"\r\n..")
    if lines.startswith(b"."):
        lines = b"." + lines
    return lines + (b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n")


def _text(words: bytes) -> str:
    return words.decode(errors="replace")[:300]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
