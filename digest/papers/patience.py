"""A connection with limits on the whole answer, headers included: a server that drips or never ends is left.

The client above it waits anew for every line and every piece, and skips what comes before and after a body
without counting it; so time and bytes are counted here, at each read of the socket.
"""

from __future__ import annotations

import io
import socket
import time

from digest.papers.sources.base import FetchError

_MEGABYTE = 1024 * 1024


class PatientSocket:
    """What an HTTP client needs of a connected socket. Whoever opened the socket closes it."""

    def __init__(self, raw: socket.socket, *, host: str, ends: float, silence: float, most: int) -> None:
        self._raw = raw
        self._host = host
        self._ends = ends
        self._silence = silence
        self._most = most

    def sendall(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self._raw.settimeout(self._silence)
        self._raw.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the server says, as a file."""
        return io.BufferedReader(_Answer(self))

    def close(self) -> None:
        """Nothing: the client lets go of the socket before the answer is read."""

    def receive(self, buffer: bytearray | memoryview, received: int) -> int:
        """Read into the buffer, given what came before. Raises FetchError beyond the limits, and OSError."""
        left = self._ends - time.monotonic()
        too_long = FetchError(f"{self._host} takes too long; it was left after {received:,} bytes.")
        if left <= 0:
            raise too_long
        self._raw.settimeout(min(self._silence, left))
        try:
            size = self._raw.recv_into(buffer)
        except TimeoutError:
            raise too_long if left <= self._silence else TimeoutError("it says nothing any more") from None
        if received + size > self._most:
            raise FetchError(f"{self._host} sends more than {self._most // _MEGABYTE} MB.")
        return size


class _Answer(io.RawIOBase):
    def __init__(self, connection: PatientSocket) -> None:
        self._connection = connection
        self._received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # typeshed's Buffer is 3.12
        size = self._connection.receive(buffer, self._received)
        self._received += size
        return size
