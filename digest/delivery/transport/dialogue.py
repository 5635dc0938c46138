"""Commands and replies of one SMTP connection, in order. Raises when it is lost; judges nothing."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from functools import lru_cache
from typing import NamedTuple

from digest.delivery.transport.outcome import ReadyMessage

OK, FORWARDED = 250, 251
START_BODY = 354
# "Service not available, closing": the next message needs a new connection.
CLOSING = 421
END_OF_BODY = b".\r\n"
LONGEST_LINE = 8192


class Reply(NamedTuple):
    """What the server said; -1 where it was no reply at all."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@lru_cache(maxsize=256)
def _parse(line: bytes) -> Reply:
    """A reply of one line; servers say few different ones."""
    code = int(line[:3]) if line[:3].isdigit() else -1
    return Reply(code, line[4:].strip().decode(errors="replace")[:300])


class Dialogue:
    """What was sent on a connection and not answered yet."""

    def __init__(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        self._server = server
        # Where smtplib reads replies from; reading them here costs a tenth of its `getreply`.
        assert server.file is not None
        self._lines = server.file
        self.pipelines = bool(server.has_extn("pipelining"))
        # Where a message may be written in two pieces.
        self._socket = None if isinstance(server.sock, ssl.SSLSocket) else server.sock
        # The last envelope, a command a line.
        self._envelope = b""
        self._untidy = False
        # The replies to the last envelope that was taken.
        self._usual = b""
        with contextlib.suppress(OSError, AttributeError):
            # Or the end of a body waits for the answer to its beginning.
            server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]

    def send_body(self, content: bytes, following: ReadyMessage | None) -> None:
        """A body, and where the server pipelines the next envelope with it."""
        if following is None or not self.pipelines:
            self._server.send(content + END_OF_BODY)
        else:
            self._send_behind(content, END_OF_BODY + self._write_envelope(following))

    def _send_behind(self, content: bytes, end: bytes) -> None:
        """One write of both, without a copy of the first where the connection allows that."""
        if self._socket is None:
            self._server.send(content + end)
            return
        sent = self._socket.sendmsg((content, end))
        if sent < len(content) + len(end):
            self._socket.sendall(memoryview(content + end)[sent:])

    def send_envelope(self, message: ReadyMessage) -> None:
        """MAIL, RCPT and DATA: at once where the server pipelines, else as each is answered."""
        envelope = self._write_envelope(message)
        if self.pipelines:
            self._server.send(envelope)

    def read_envelope(self) -> tuple[str, Reply] | None:
        """The first command that was refused, with its reply; None when the server waits for the body."""
        if self.pipelines and not self._untidy and self._skip_usual():
            return None
        refusal = self._read_replies()
        self._untidy = refusal is not None
        return refusal

    def _skip_usual(self) -> bool:
        """Whether these are the replies to the last envelope again, as most servers say the same each time.

        Then one look is enough for all three; else they are still to be read.
        """
        ahead: bytes = self._lines.peek()
        if self._usual and ahead.startswith(self._usual):
            self._lines.read(len(self._usual))
            return True
        commands = self._envelope.count(b"\n")
        lines = ahead.split(b"\n", commands)
        is_whole = len(lines) > commands and all(line[3:4] == b" " for line in lines[:-1])
        self._usual = ahead.removesuffix(lines[-1]) if is_whole else b""
        return False

    def _read_replies(self) -> tuple[str, Reply] | None:
        refusal: tuple[str, Reply] | None = None
        for line in self._envelope.splitlines(keepends=True):
            if not self.pipelines:
                self._server.send(line)
            command, reply = line[:4].decode(), self.read()
            expected = (START_BODY,) if command == "DATA" else (OK, FORWARDED)
            if reply.code not in expected and command != "RSET":
                refusal = refusal or (command, reply)
                if reply.code == CLOSING or not self.pipelines:
                    break
            elif refusal and command == "DATA":
                # It waits for a body that nobody would get: an empty one ends it.
                self._server.send(END_OF_BODY)
                self.read()
        if refusal is not None:
            self._usual = b""
        return refusal

    def read(self) -> Reply:
        """The next reply, its lines joined."""
        line = self._read_line()
        if line[3:4] != b"-":
            return _parse(line)
        words = [line[4:].strip()]
        while line[3:4] == b"-":
            line = self._read_line()
            words.append(line[4:].strip())
        return _parse(line[:3] + b" " + b"\n".join(words))

    def _read_line(self) -> bytes:
        line: bytes = self._lines.readline(LONGEST_LINE)
        if not line:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return line

    def _write_envelope(self, message: ReadyMessage) -> bytes:
        lines = f"MAIL FROM:<{message.sender}>\r\nRCPT TO:<{message.recipient}>\r\nDATA\r\n".encode("ascii")
        self._envelope = b"RSET\r\n" + lines if self._untidy else lines
        return self._envelope
