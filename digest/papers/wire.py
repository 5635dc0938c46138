"""Connects to a host: resolves its name once, refuses addresses that are not public, and speaks TLS."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import Protocol

HTTPS_PORT = 443
_LOOPBACK = "127.0.0.1"


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
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in ipaddress.ip_network("64:ff9b::/96"):
            wrapped.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
        inner = [one for one in wrapped if one is not None]
        if inner:
            return all(one.is_global for one in inner)
    return found.is_global and not found.is_multicast


def _connect_to_any(addresses: list[str], *, timeout: float) -> socket.socket:
    problem: OSError = OSError("its name leads to no address")
    for address in addresses:
        try:
            return socket.create_connection((address, HTTPS_PORT), timeout=timeout)
        except OSError as error:
            problem = error
    raise problem
