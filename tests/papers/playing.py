"""A local HTTP server that plays sources: it answers from a script and remembers what it was asked."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from digest.papers.fetch import Caps, Fetcher
from digest.papers.wire import LoopbackWire


@dataclass(frozen=True)
class Reply:
    """What the server says; `promised` bytes are announced where fewer are to come."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    host: str
    path: str
    headers: dict[str, str]


Script = Callable[[Asked], Reply]


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self, moment: datetime = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)) -> None:
        self.moment = moment
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@dataclass
class Player:
    """The running server."""

    port: int
    script: Script
    asked: list[Asked] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def fetcher(self, **caps: float) -> Fetcher:
        """A fetcher that reaches this server whatever the host, with a clock of its own."""
        kept = Caps(**caps) if caps else Caps()  # type: ignore[arg-type]  # whole numbers fit both
        return Fetcher(clock=self.clock, wire=LoopbackWire(self.port), sleep=self.clock.sleep, caps=kept)


@contextmanager
def play(script: Script) -> Iterator[Player]:
    """Run the server while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = Asked(self.headers["Host"], self.path, dict(self.headers))
            player.asked.append(asked)
            reply = player.script(asked)
            self.send_response(reply.status)
            size = len(reply.body) if reply.promised is None else reply.promised
            for name, value in {"Content-Length": str(size), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    player = Player(server.server_port, script)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield player
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def packed(body: bytes) -> Reply:
    """The body, compressed, as a server sends it."""
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
