"""Servers that keep to no rule: each ends soon, in a sentence, and with bounded memory."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from threading import Thread

import pytest

from digest.papers.fetch import Caps, Fetcher, split_address
from digest.papers.sources.base import FetchError, SourceError
from digest.papers.wire import LoopbackWire, is_public
from tests.papers.playing import Asked, Clock, Reply, packed, play
from tests.papers.test_fetch import HOSTS, URL, read, read_with

pytestmark = pytest.mark.django_db

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def say(pieces: Callable[[], Iterator[bytes]], *, pause: float = 0.0) -> Iterator[Fetcher]:
    """A server that says these pieces to whoever comes, and a fetcher with half a second's patience."""
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as peer:
                        peer.settimeout(2)
                        answer(peer, pieces(), pause)

        Thread(target=serve, daemon=True).start()
        caps = Caps(seconds=0.5, silence_seconds=0.3, sent_bytes=1_048_576, unpacked_bytes=1_048_576)
        yield Fetcher(clock=clock, wire=LoopbackWire(server.getsockname()[1]), sleep=clock.sleep, caps=caps)
        server.shutdown(socket.SHUT_RDWR)


def answer(peer: socket.socket, pieces: Iterator[bytes], pause: float) -> None:
    peer.recv(4096)
    with suppress(OSError):
        for piece in pieces:
            peer.sendall(piece)
            time.sleep(pause)


@pytest.mark.parametrize(
    "piece",
    [(b"H", b"T"), (HEAD, b"X"), (CHUNKED, b"0"), (HEAD + b"\r\n", b"x"), (CHUNKED, b"1\r\nx\r\n")],
    ids=["status", "header", "length of a chunk", "body", "chunks"],
)
def test_a_server_that_drips_anywhere_is_left_in_time(piece: tuple[bytes, bytes]) -> None:
    first, drop = piece
    with say(lambda: chain([first], repeat(drop)), pause=0.05) as fetcher, pytest.raises(FetchError, match="too long"):
        read_with(fetcher)


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
        (CHUNKED + b"0\r\n", b"X: y\r\n" * 1_000),
        (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (HEAD + b"\r\n", b"x" * 65_536),
    ],
    ids=["promises to go on", "trailers", "chunks", "a body without end"],
)
def test_a_server_that_never_ends_is_left_at_the_cap(first: bytes, more: bytes) -> None:
    with say(lambda: chain([first], repeat(more))) as fetcher, pytest.raises(FetchError, match="more than 1 MB"):
        read_with(fetcher)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X%d: y\r\n" % number for number in range(200)) + b"\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"10\r\nshort",
    ],
    ids=["nothing", "no HTTP", "a huge header", "many headers", "no number", "half a chunk"],
)
def test_what_is_no_answer_is_said_in_a_sentence(said: bytes) -> None:
    with say(lambda: iter([said])) as fetcher, pytest.raises(FetchError, match=r"^\S+ cannot|broke off") as caught:
        read_with(fetcher)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("place", ["https://[::1/", "https://papers.example.org:x/", "https://@evil.example/", "\\\\x"])
def test_a_redirect_to_no_address_is_said(place: str) -> None:
    with play(lambda _: Reply(status=302, headers={"Location": place})) as player, pytest.raises(FetchError):
        read(player)


def test_a_redirect_that_goes_round_ends() -> None:
    reply = Reply(status=302, headers={"Location": URL})
    with play(lambda _: reply) as player, pytest.raises(FetchError, match="redirects more than 3 times"):
        read(player)
    assert len(player.asked) == 4


def test_nothing_changed_is_no_answer_to_who_did_not_ask_for_changes() -> None:
    with play(lambda _: Reply(status=304)) as player, pytest.raises(FetchError, match="answered 304"):
        read(player)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Content-Encoding": "br"}, "the encoding “br”"),
        ({"Content-Encoding": "gzip, gzip"}, "the encoding “gzip, gzip”"),
        ({"Content-Type": "application/xhtml+xml"}, "a web page"),
    ],
)
def test_an_answer_of_another_kind_is_not_read(headers: dict[str, str], reason: str) -> None:
    with play(lambda _: Reply(b"x", headers=headers)) as player, pytest.raises(FetchError, match=reason):
        read(player)


def test_of_packed_bytes_in_packed_bytes_only_the_outer_ones_are_unpacked() -> None:
    inner = gzip.compress(b"\0" * 5_000_000)
    with play(lambda _: packed(inner)) as player:
        assert read(player, unpacked_bytes=1_048_576) == inner


def test_packed_bytes_that_break_off_are_said() -> None:
    def script(_: Asked) -> Reply:
        return Reply(gzip.compress(b"papers" * 1_000)[:30], headers={"Content-Encoding": "gzip"})

    with play(script) as player, pytest.raises(SourceError, match="damaged or cut short"):
        read(player)


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "64:ff9b:1::a00:1", "ff02::1", "2001:db8::1", "2001:0:7f00:1::",
     "::", "198.18.0.1", "255.255.255.255", "240.0.0.1"],
)  # fmt: skip
def test_odd_forms_of_addresses_lead_nowhere(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url", ["https://@papers.example.org/", "https://:x@papers.example.org/", "https://papers.example.org\\@x/"]
)
def test_no_name_or_password_is_sent_along(url: str) -> None:
    with pytest.raises(FetchError):
        split_address(url, hosts=HOSTS)
