"""Connects to a host: resolves its name once, refuses addresses that are not public, and speaks TLS."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Protocol

HTTPS_PORT = 443
_SHORTEST, _MOST_ADDRESSES = 1.0, 6
_LOOPBACK = "127.0.0.1"
# The only part of IPv6 that is given out for the internet, and the one that leads into IPv4 (NAT64).
_UNICAST = ipaddress.ip_network("2000::/3")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Wire(Protocol):
    """Something that connects; `timeout` in seconds holds for connecting and for each wait afterwards."""

    def connect(self, host: str, *, timeout: float) -> socket.socket:
        """Connect to a host. Raises OSError."""


class GuardedWire:
    """TLS to public addresses only. The address that was looked at is the one that is connected to."""

    def connect(self, host: str, *, timeout: float) -> socket.socket:
        """Connect to a host. Raises OSError, also where the name leads to an address that is not public."""
        addresses = resolve_public(host)
        raw = _connect_to_any(addresses, timeout=timeout)
        raw.settimeout(timeout)
        try:
            return ssl.create_default_context().wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise


@dataclass(frozen=True, slots=True)
class LoopbackWire:
    """For tests: whatever the host, a port of this machine, without TLS."""

    port: int

    def connect(self, host: str, *, timeout: float) -> socket.socket:  # noqa: ARG002  # that is its point
        """Connect to the port. Raises OSError."""
        return socket.create_connection((_LOOPBACK, self.port), timeout=timeout)


def resolve_public(host: str) -> list[str]:
    """The host's addresses. Raises OSError where one of them is private, local or otherwise not public."""
    found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if hidden := next((address for address in addresses if not is_public(address)), None):
        raise OSError(f"its name leads to {hidden}, which is not a public address")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet can reach, also inside a wrapped one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    wrapped = [one for one in (found.ipv4_mapped, found.sixtofour, *(found.teredo or ())) if one is not None]
    if found in _TRANSLATED:
        wrapped.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    if wrapped:
        return all(is_public(str(one)) for one in wrapped)
    return found in _UNICAST and found.is_global


def _connect_to_any(addresses: list[str], *, timeout: float) -> socket.socket:
    problem: OSError = OSError("its name leads to no address")
    ends = time.monotonic() + timeout
    for address in addresses[:_MOST_ADDRESSES]:
        try:
            # The time is for all of them together, but each gets a moment.
            left = max(ends - time.monotonic(), _SHORTEST)
            return socket.create_connection((address, HTTPS_PORT), timeout=left)
        except OSError as error:
            problem = error
    raise problem
