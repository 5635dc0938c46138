"""A quick mail server that takes everything and writes down to whom: `python -m tests.bench.counting FILE`.

Prints its port when it listens. One line a message, so that nobody missing and nobody twice can be counted.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import BinaryIO

HELLO = b"250-counting\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
END = b"\r\n.\r\n"


class Talk(asyncio.Protocol):
    """One conversation in which everything is fine."""

    def __init__(self, log: BinaryIO) -> None:
        self.log, self.kept, self.in_body, self.reader = log, b"", False, b""
        self.wire: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.wire = transport
        transport.write(b"220 counting\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every command and body that is complete."""
        self.kept += data
        answers = []
        while answer := self._take_body() if self.in_body else self._take_command():
            answers.append(answer)
        assert self.wire
        self.wire.write(b"".join(answers))

    def _take_body(self) -> bytes:
        # A body that is empty ends with its first line.
        end = self.kept.find(END)
        if end < 0:
            return b""
        self.kept, self.in_body = self.kept[end + len(END) :], False
        self.log.write(self.reader + b"\n")
        self.log.flush()
        return b"250 taken\r\n"

    def _take_command(self) -> bytes:
        line, found, rest = self.kept.partition(b"\r\n")
        if not found:
            return b""
        self.kept = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.reader = line.partition(b"<")[2].partition(b">")[0]
        if verb == b"DATA":
            self.in_body = True
            return b"354 go\r\n"
        return HELLO if verb == b"EHLO" else b"250 fine\r\n"


async def serve(path: Path) -> None:
    """Listen until ended."""
    with path.open("ab") as log:
        server = await asyncio.get_running_loop().create_server(lambda: Talk(log), "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
