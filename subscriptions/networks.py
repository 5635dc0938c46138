"""Which network a request comes from, coarse enough to be no person and kept as a keyed hash only."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# A home or an office as a rule holds one of these.
IPV4_BITS, IPV6_BITS = 24, 56


def network_key(request: HttpRequest) -> str:
    """The keyed hash of the visitor's network; "" where the server does not know it."""
    address = _read(_visitor(request))
    if address is None:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = IPV4_BITS if isinstance(address, IPv4Address) else IPV6_BITS
    return hash_key(str(ip_network((address, bits), strict=False)))


def hash_key(text: str) -> str:
    """The keyed hash (HMAC-SHA256, hex) under which attempts are counted."""
    return hmac.new(settings.SUPPRESSION_KEY.encode(), f"attempt:{text}".encode(), hashlib.sha256).hexdigest()


def _visitor(request: HttpRequest) -> str:
    """The address that the outermost proxy of ours saw; what a visitor writes further left is not believed."""
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies: int = settings.PROXY_COUNT
    if 0 < proxies <= len(passed):
        return passed[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
