"""The only HTTP client: what it refuses, how long it waits, what it makes of broken answers."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.papers.fetch import Fetcher, Validators, open_fetcher, read_retry_after, split_address
from digest.papers.models import HostTurn
from digest.papers.sources.base import BusyError, FetchError, SourceError
from digest.papers.wire import GuardedWire, is_public, resolve_public
from tests.papers.playing import Asked, Clock, Player, Reply, packed, play

pytestmark = pytest.mark.django_db

HOSTS = {"papers.example.org"}
URL = "https://papers.example.org/list"


def read(player: Player, url: str = URL, **caps: float) -> bytes:
    with player.fetcher(**caps).open(url, hosts=HOSTS) as answer:
        return answer.stream.read()


def test_an_answer_is_read_and_unpacked_and_we_say_who_we_are() -> None:
    with play(lambda _: packed(b"papers")) as player:
        assert read(player) == b"papers"
    (asked,) = player.asked
    assert (asked.host, asked.path) == ("papers.example.org", "/list")
    assert asked.headers["User-Agent"].startswith("Paperboy/1 (+http")
    assert "mailto:" in asked.headers["User-Agent"]


@pytest.mark.parametrize(
    "url",
    [
        "http://papers.example.org/list",
        "https://other.example.org/",
        "https://papers.example.org.evil.example/",
        "https://papers.example.org:8443/",
        "https://me@papers.example.org/",
        "https://papers.example.org/a b",
        "https://papers.example.org/\r\nHost: x",
        "file:///etc/passwd",
        "https://[::1/",
        "",
    ],
)
def test_these_addresses_are_not_asked(url: str) -> None:
    with pytest.raises(FetchError):
        split_address(url, hosts=HOSTS)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "nonsense",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["151.101.3.42", "2a04:4e42::42", "::ffff:151.101.3.42"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = [(0, 0, 0, "", (address, 443)) for address in ("151.101.3.42", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)
    with pytest.raises(OSError, match=r"127\.0\.0\.1, which is not a public address"):
        resolve_public("papers.example.org")


def test_a_name_that_leads_home_is_never_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = [(0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)
    clock = Clock()
    with pytest.raises(FetchError, match="not a public address"):
        read_with(Fetcher(clock=clock, wire=GuardedWire(), sleep=clock.sleep))


def read_with(fetcher: Fetcher) -> bytes:
    with fetcher.open(URL, hosts=HOSTS) as answer:
        return answer.stream.read()


def test_only_tests_reach_this_machine(settings: Any) -> None:
    assert isinstance(open_fetcher(clock=Clock()).wire, GuardedWire)
    settings.FETCH_LOOPBACK_PORT = 1
    assert not isinstance(open_fetcher(clock=Clock()).wire, GuardedWire)


@pytest.mark.parametrize("place", ["http://papers.example.org/x", "https://127.0.0.1/x", "//evil.example/x", ""])
def test_a_redirect_is_looked_at_like_the_first_address(place: str) -> None:
    with play(lambda _: Reply(status=302, headers={"Location": place})) as player, pytest.raises(FetchError):
        read(player)
    assert {asked.host for asked in player.asked} == {"papers.example.org"}


def test_a_redirect_within_the_hosts_is_followed() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(b"there") if asked.path == "/new" else Reply(status=301, headers={"Location": "/new"})

    with play(script) as player:
        assert read(player) == b"there"


def test_a_busy_server_is_asked_again_when_it_said() -> None:
    replies = [Reply(status=503, headers={"Retry-After": "20"}), Reply(b"now")]
    with play(lambda _: replies.pop(0)) as player:
        assert read(player) == b"now"
    assert sum(player.clock.slept) == pytest.approx(20)


def test_a_server_that_wants_an_hour_is_left_to_a_later_run() -> None:
    reply = Reply(status=429, headers={"Retry-After": "3600"})
    with play(lambda _: reply) as player, pytest.raises(BusyError) as caught:
        read(player)
    assert (caught.value.seconds, len(player.asked)) == (3600, 1)


def test_retry_after_may_be_a_moment_or_nonsense() -> None:
    moment = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
    assert read_retry_after("Mon, 03 Aug 2026 09:02:00 GMT", now=moment) == 120
    assert read_retry_after("soon", now=moment) == read_retry_after("", now=moment) == 300
    assert read_retry_after("-5", now=moment) == 300
    assert read_retry_after("99999999999", now=moment) == 86_400


@pytest.mark.parametrize(
    ("reply", "reason", "times"),
    [
        (Reply(b"half", promised=100), "broke off after 4 bytes", 3),
        (Reply(status=500), "answered 500", 3),
        (Reply(status=404), "answered 404", 1),
        (Reply(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"}), "a web page instead of data", 1),
        (Reply(b"x" * 20_000), "sends more than 0 MB", 1),
    ],
)
def test_a_broken_answer_is_said_in_a_sentence(reply: Reply, reason: str, times: int) -> None:
    with play(lambda _: reply) as player, pytest.raises(FetchError, match=reason):
        read(player, sent_bytes=10_000)
    assert len(player.asked) == times


def test_a_bomb_ends_at_the_cap() -> None:
    with play(lambda _: packed(b"\0" * 50_000_000)) as player, pytest.raises(SourceError, match="more than 1 MB"):
        read(player, unpacked_bytes=1_048_576)


def test_a_server_that_drips_or_says_nothing_is_left() -> None:
    def slow(_: Asked) -> Reply:
        time.sleep(0.5)
        return Reply(b"late")

    with play(slow) as player, pytest.raises(FetchError, match="cannot be reached: it says nothing"):
        read(player, silence_seconds=0.1)


def test_nothing_changed_is_no_failure() -> None:
    def script(asked: Asked) -> Reply:
        same = asked.headers.get("If-None-Match") == '"a"' and "If-Modified-Since" in asked.headers
        return Reply(status=304) if same else Reply(b"x", headers={"ETag": '"a"', "Last-Modified": "Mon"})

    with play(script) as player:
        with player.fetcher().open(URL, hosts=HOSTS) as answer:
            assert answer.validators == Validators('"a"', "Mon")
        with player.fetcher().open(URL, hosts=HOSTS, validators=answer.validators) as again:
            assert (again.is_unchanged, again.stream.read()) == (True, b"")


def test_arxiv_is_asked_once_in_three_seconds_whatever_the_interface() -> None:
    hosts = {"export.arxiv.org", "rss.arxiv.org"}
    with play(lambda _: Reply(b"x")) as player:
        for host in ("export.arxiv.org", "rss.arxiv.org", "export.arxiv.org"):
            with player.fetcher().open(f"https://{host}/x", hosts=hosts):
                pass
    assert sum(player.clock.slept) == pytest.approx(6)


def test_a_turn_held_elsewhere_is_waited_for_until_its_lease_ends() -> None:
    with play(lambda _: Reply(b"x")) as player:
        free_at = player.clock() + timedelta(seconds=100)
        HostTurn.objects.create(host="papers.example.org", free_at=free_at, holder="died")
        assert read(player) == b"x"
    assert player.clock() == free_at


def test_a_server_that_is_not_there_is_said_after_three_attempts() -> None:
    with play(lambda _: Reply()) as player:
        pass
    with pytest.raises(FetchError, match=r"papers\.example\.org cannot be reached"):
        read(player)
    assert player.clock.slept[-1] >= 1
