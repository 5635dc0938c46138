"""The only HTTP client: known hosts, public addresses, https, bounded time and size, one request at a time per host.

It gives an answer's bytes to a reader and knows no format. The clock and the wire are handed in.
"""

from __future__ import annotations

import http.client
import io
import logging
import re
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from digest.papers.patience import PatientSocket
from digest.papers.sources.base import BusyError, FetchError
from digest.papers.sources.opening import MEGABYTE, open_bytes
from digest.papers.turns import hold_turn
from digest.papers.wire import GuardedWire, LoopbackWire, Wire

logger = logging.getLogger(__name__)

MOST_REDIRECTS = 3
ATTEMPTS = 3
_DEFAULT_RETRY = 300.0
_LONGEST_RETRY = 86_400.0
_ADDRESS_LENGTH = 4_000
_IN_MEMORY = 4 * MEGABYTE
_PIECE = 65_536
_OK, _NOT_MODIFIED, _TOO_MANY, _UNAVAILABLE, _SERVER_ERROR = 200, 304, 429, 503, 500
_WEB_PAGES = {"text/html", "application/xhtml+xml"}
# Whether it is compressed is seen by its first bytes.
_ENCODINGS = {"", "identity", "gzip", "x-gzip"}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Caps:
    """How long one answer may take and be silent (seconds), how large it may be as sent and unpacked (bytes)."""

    seconds: float = 120.0
    silence_seconds: float = 30.0
    sent_bytes: int = 64 * MEGABYTE
    unpacked_bytes: int = 512 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask later whether anything changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's bytes, unpacked; nothing where the server says that nothing changed."""

    stream: BinaryIO
    validators: Validators = field(default_factory=Validators)
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked for, and where the answer's bytes go."""

    hosts: Collection[str]
    headers: Mapping[str, str]
    file: BinaryIO
    # Whether "nothing changed" is an answer to it.
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads addresses politely. `clock` tells the time, `sleep` waits."""

    clock: Callable[[], datetime]
    wire: Wire
    sleep: Callable[[float], None] = time.sleep
    caps: Caps = field(default_factory=Caps)

    @contextmanager
    def open(
        self,
        url: str,
        *,
        hosts: Collection[str],
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
    ) -> Iterator[Answer]:
        """Fetch an address on one of `hosts`; the answer is at hand inside the block. Raises FetchError and BusyError.

        The whole answer lies on the disk before it is read, so that nobody's connection waits for our database.
        A failure that may pass is tried again, after a pause, before it is raised.
        """
        conditions = _ask_whether_changed(validators or Validators())
        wanted = {**_identify(), **(headers or {}), **conditions}
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            kept = cast("BinaryIO", file)
            yield self._try_often(url, _Order(hosts, wanted, kept, is_conditional=bool(conditions)))

    def _try_often(self, url: str, order: _Order) -> Answer:
        attempt = 1
        while True:
            try:
                return self._follow(url, order)
            except FetchError as error:
                if not error.may_pass or attempt == ATTEMPTS:
                    raise
                logger.info("%s Trying again.", error)
                # Where the server named a time, the next turn at it waits for that.
                if not isinstance(error, BusyError):
                    self.sleep(2.0**attempt)
                attempt += 1

    def _follow(self, url: str, order: _Order) -> Answer:
        """Ask, and follow a few redirects, each looked at like the first address."""
        for _ in range(MOST_REDIRECTS + 1):
            host, target = split_address(url, hosts=order.hosts)
            end_turn, pause = hold_turn(host=host, clock=self.clock, sleep=self.sleep), 0.0
            try:
                found = self._ask(host, target, order)
            except BusyError as error:
                pause = error.seconds
                raise
            except (OSError, http.client.HTTPException) as error:
                raise FetchError(f"{host} cannot be reached: {error or type(error).__name__}.", may_pass=True) from None
            finally:
                end_turn(pause)
            if isinstance(found, Answer):
                return found
            url = _join(url, found)
        raise FetchError(f"{host} redirects more than {MOST_REDIRECTS} times.")

    def _ask(self, host: str, target: str, order: _Order) -> Answer | str:
        """The answer, or the address it redirects to."""
        ends, silence = time.monotonic() + self.caps.seconds, self.caps.silence_seconds
        connection = http.client.HTTPConnection(host)
        with closing(self.wire.connect(host, timeout=silence)) as raw:
            # Set before the request, so that the client never resolves or connects by itself.
            patient = PatientSocket(raw, host=host, ends=ends, silence=silence, most=self.caps.sent_bytes)
            connection.sock = cast("socket.socket", patient)
            connection.request("GET", target, headers=dict(order.headers))
            response = connection.getresponse()
            if response.status in _REDIRECTS:
                return response.headers.get("Location", "")
            if response.status == _NOT_MODIFIED and order.is_conditional:
                return Answer(io.BytesIO(), is_unchanged=True)
            self._check(host, response)
            _save(host, response, order.file)
        told = Validators(response.headers.get("ETag", "")[:200], response.headers.get("Last-Modified", "")[:100])
        return Answer(open_bytes(order.file, limit=self.caps.unpacked_bytes), told)

    def _check(self, host: str, response: http.client.HTTPResponse) -> None:
        if response.status in {_TOO_MANY, _UNAVAILABLE}:
            raise BusyError(host, read_retry_after(response.headers.get("Retry-After", ""), now=self.clock()))
        if response.status != _OK:
            reason = f"{host} answered {response.status} {response.reason[:100]}".rstrip()
            raise FetchError(f"{reason}.", may_pass=response.status >= _SERVER_ERROR)
        if response.headers.get_content_type() in _WEB_PAGES:
            raise FetchError(f"{host} answered with a web page instead of data.")
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise FetchError(f"{host} answered in the encoding “{encoding[:40]}”, which was not asked for.")


def _save(host: str, response: http.client.HTTPResponse, file: BinaryIO) -> None:
    """Save the body, which ends in a clear error where it is too short."""
    file.seek(0)
    file.truncate()
    size, expected = 0, response.length
    try:
        while piece := response.read1(_PIECE):
            size += len(piece)
            file.write(piece)
    except (OSError, http.client.HTTPException):
        expected = expected or size + 1
    if expected and size < expected:
        raise FetchError(f"The answer of {host} broke off after {size:,} bytes.", may_pass=True)
    file.seek(0)


def open_fetcher(*, clock: Callable[[], datetime]) -> Fetcher:
    """The fetcher that runs in earnest."""
    port = settings.FETCH_LOOPBACK_PORT
    return Fetcher(clock=clock, wire=LoopbackWire(port) if port else GuardedWire())


def split_address(url: str, *, hosts: Collection[str]) -> tuple[str, str]:
    """Host and request target of an address that may be asked. Raises FetchError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise FetchError("The address cannot be read.") from None
    if len(url) > _ADDRESS_LENGTH or not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
        raise FetchError("The address is too long, or holds spaces or letters that must be escaped.")
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
        raise FetchError(f"Only plain https addresses are read, not {parts.scheme or 'none'}://{host}.")
    if host not in hosts:
        raise FetchError(f"{host or 'The address'} is not one of this source's hosts: {', '.join(sorted(hosts))}.")
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def read_retry_after(text: str, *, now: datetime) -> float:
    """The seconds that a Retry-After header asks for, from one to a day; five minutes where it says nothing."""
    try:
        seconds = float(text) if text.strip().isdigit() else (_read_moment(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        seconds = _DEFAULT_RETRY
    return min(max(seconds, 1.0), _LONGEST_RETRY)


def _join(url: str, place: str) -> str:
    try:
        return urljoin(url, place)
    except ValueError:
        raise FetchError("The server redirects to something that is no address.") from None


def _read_moment(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _identify() -> dict[str, str]:
    contact = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return {
        "User-Agent": f"Paperboy/1 (+{settings.SITE_URL}; mailto:{contact})",
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


def _ask_whether_changed(validators: Validators) -> dict[str, str]:
    told = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in told.items() if value}
