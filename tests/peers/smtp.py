"""An SMTP server with switchable faults, run as a process of its own: `python -m tests.peers.smtp --log FILE`.

Prints its port when it listens, ends when its standard input closes, and writes down every message
it takes before it says so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import sys
import threading
from dataclasses import dataclass, field
from os import _exit
from pathlib import Path

from tests.peers.faults import Log, Playbook

MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
# What a client must have done before a command.
NEEDS = {"AUTH": "EHLO", "MAIL": "EHLO", "RCPT": "MAIL", "DATA": "RCPT"}
ADDRESS = re.compile(r"<([^>]*)>")


class CutError(Exception):
    """The connection ends here, without a word."""


@dataclass
class Conversation:
    """One client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    playbook: Playbook
    log: Log
    recipient: str = ""
    messages: int = 0
    closing: bool = False
    before: set[str] = field(default_factory=lambda: {""})
    answers: dict[str, str] = field(
        default_factory=lambda: {
            "EHLO": "250-peer.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SIZE 1000000",
            "HELO": "250 peer.example",
            "RSET": "250 forgotten",
            "NOOP": "250 here",
            "QUIT": "221 goodbye",
        }
    )

    async def run(self) -> None:
        """Talk until somebody hangs up."""
        with contextlib.suppress(CutError, ConnectionError, asyncio.IncompleteReadError):
            if not await self._fault("connect"):
                await self._say("220 peer.example")
            while not self.closing and (line := await self.reader.readline()):
                await self._obey(line.decode("latin-1").strip())
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def _obey(self, line: str) -> None:
        verb = line[:4].upper()
        if NEEDS.get(verb, "") not in self.before:
            await self._say("503 not in this order")
            return
        match verb:
            case "AUTH":
                await self._answer("auth", "235 welcome")
            case "MAIL":
                await self._answer("mail", "250 sender fine")
            case "RCPT":
                self.recipient = "".join(ADDRESS.findall(line)).lower()
                await self._answer("rcpt", "250 recipient fine")
            case "DATA":
                if await self._answer("data", "354 go ahead"):
                    await self._take()
            case "QUIT":
                self.closing = True
                await self._say(self.answers[verb])
            case _:
                self.before = {"", "EHLO"} if verb in ("EHLO", "RSET") else self.before
                await self._say(self.answers.get(verb, "500 unknown command"))

    async def _take(self) -> None:
        """Read a message and decide what becomes of it."""
        body = await self.reader.readuntil(b"\r\n.\r\n")
        found = MESSAGE_ID.search(body.partition(b"\r\n\r\n")[0])
        facts = {"recipient": self.recipient, "message_id": found[1].decode() if found else ""}
        self.messages += 1
        self.before = {"", "EHLO"}
        if await self._fault("body", **facts):
            return
        self.log.write("taken", bytes=len(body), **facts)
        if not await self._fault("taken", **facts):
            await self._say("250 taken")

    async def _answer(self, stage: str, text: str) -> bool:
        """Say the usual, unless a fault strikes; whether it was the usual."""
        if await self._fault(stage, recipient=self.recipient):
            return False
        self.before.add(stage.upper())
        await self._say(text)
        return True

    async def _fault(self, stage: str, **facts: str) -> bool:
        """Play a fault of this stage; whether that was the answer."""
        fault = self.playbook.strike(stage, recipient=facts.get("recipient", ""), nth=self.messages)
        if fault is None:
            return False
        self.log.write("fault", stage=stage, do=fault.do, code=fault.code, **facts)
        if fault.do == "hang":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.do == "drop":
            self.writer.transport.abort()
            raise CutError
        await self._say(f"{fault.code} {fault.text}")
        self.closing = fault.code == 421
        return True

    async def _say(self, text: str) -> None:
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()


async def serve(port: int, log: Log, playbook: Playbook) -> None:
    """Listen and talk, for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Conversation(reader, writer, playbook, log).run()

    server = await asyncio.start_server(talk, "127.0.0.1", port, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 (whoever started us waits for it)
    await server.serve_forever()


def end_with_parent() -> None:
    """End when whoever started us is gone."""
    sys.stdin.buffer.read()
    _exit(0)


def main() -> None:
    """Run until the parent goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--control", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    threading.Thread(target=end_with_parent, daemon=True).start()
    playbook = Playbook(options.control, random.Random(options.seed))
    asyncio.run(serve(options.port, Log(options.log), playbook))


if __name__ == "__main__":
    main()
