"""The site's address and what DNS says about us as a sender: SPF, DKIM, DMARC and the way back from the address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import dns.reversename
from django.conf import settings
from django.http.request import validate_host

from digest.web.diagnosis.findings import Finding, fail, ok, warn

SECONDS = 3.0
LOCAL = {"localhost", "127.0.0.1", "::1", ""}
SIGNING = "See “Sign with OpenDKIM” in digest/OPERATING.md, or your provider's page on sender domains."


class SilentError(Exception):
    """No name server answers here."""


@dataclass(frozen=True, slots=True)
class Names:
    """Asks one resolver."""

    resolver: dns.resolver.Resolver

    def find(self, name: str, kind: str) -> list[str]:
        """The records' texts; none where the name or the kind does not exist. Raises SilentError."""
        try:
            answer = self.resolver.resolve(name, kind, lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise SilentError(str(error)) from error
        if kind == "TXT":
            # One record may come in several pieces, which belong together without a space.
            return [b"".join(record.strings).decode(errors="replace") for record in answer]
        return [str(record).rstrip(".") for record in answer]


def open_names() -> Names:
    """The resolver that this machine uses. Raises SilentError where it has none."""
    try:
        return Names(dns.resolver.Resolver())
    except dns.exception.DNSException as error:
        raise SilentError(str(error)) from error


def check_site() -> Iterator[Finding]:
    """SITE_URL: readers and providers must reach it, encrypted, and we must answer to it."""
    parts = urlsplit(settings.SITE_URL)
    host = parts.hostname or ""
    if host in LOCAL:
        yield fail(
            "SITE_URL", f"{settings.SITE_URL or '(empty)'} leads nowhere for readers.", "Set the public address."
        )
        return
    if parts.scheme != "https":
        advice = "Set https://…: mail programs call one-click links only over https."
        yield fail("SITE_URL", f"{settings.SITE_URL} is not encrypted.", advice)
    allowed = validate_host(host, settings.ALLOWED_HOSTS)
    if not allowed:
        yield fail("SITE_URL", f"We do not answer to {host}.", f"Add {host} to ALLOWED_HOSTS.")
    elif parts.scheme == "https":
        yield ok("SITE_URL", f"{settings.SITE_URL} is what every link starts with.")


def check_sender(names: Names) -> Iterator[Finding]:
    """The records that receivers look at for the domain that mails are from. One silent server ends it."""
    domain = settings.MAIL_DOMAIN
    if domain in LOCAL:
        yield fail("DNS", "No domain to send from.", "Set DEFAULT_FROM_EMAIL to an address at a domain of yours.")
        return
    try:
        yield from _check_host(names)
        yield from _check_spf(names, domain)
        yield from _check_dkim(names, domain)
        yield from _check_dmarc(names, domain)
        yield from _check_relay(names)
    except SilentError as error:
        yield warn("DNS", f"No name server answers here: {error}", "Run the doctor where names can be looked up.")


def _check_host(names: Names) -> Iterator[Finding]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host in LOCAL or _is_address(host):
        return
    if not names.find(host, "A") and not names.find(host, "AAAA"):
        yield fail("DNS", f"{host} has no address.", "Add an A or AAAA record for the site.")


def _check_spf(names: Names, domain: str) -> Iterator[Finding]:
    records = [text for text in names.find(domain, "TXT") if text.lower().startswith("v=spf1")]
    if not records:
        advice = f'Add a TXT record to {domain}, such as "v=spf1 include:PROVIDER -all".'
        yield fail("SPF", f"{domain} has no record.", advice)
    elif len(records) > 1:
        yield fail("SPF", f"{domain} has {len(records)} records, which counts as none.", "Join them into one.")
    elif re.search(r"(^|\s)\+?all\b", records[0]):
        yield fail("SPF", f"{domain} lets anybody send in its name.", "End the record with -all or ~all.")
    else:
        yield ok("SPF", f"{domain}: {records[0]}")


def _check_dkim(names: Names, domain: str) -> Iterator[Finding]:
    if not settings.DKIM_SELECTORS:
        advice = "Set DKIM_SELECTORS to the names your provider or OpenDKIM signs with, to have the keys looked up."
        yield warn("DKIM", "Not looked at, since no selector is known.", advice)
    for selector in settings.DKIM_SELECTORS:
        name = f"{selector}._domainkey.{domain}"
        keys = [key[1] for text in names.find(name, "TXT") if (key := re.search(r"p=([^;]*)", text))]
        if not keys:
            yield fail("DKIM", f"{name} has no key.", SIGNING)
        elif not keys[0].strip():
            yield fail("DKIM", f"{name} holds a revoked key.", SIGNING)
        else:
            yield ok("DKIM", f"{name} holds a key.")


def _check_dmarc(names: Names, domain: str) -> Iterator[Finding]:
    parts = domain.split(".")
    parents = [".".join(parts[start:]) for start in range(max(len(parts) - 1, 1))]
    for parent in parents:
        found = [text for text in names.find(f"_dmarc.{parent}", "TXT") if text.upper().startswith("V=DMARC1")]
        if found:
            yield ok("DMARC", f"_dmarc.{parent}: {found[0]}")
            return
    advice = f'Add a TXT record to _dmarc.{domain}, such as "v=DMARC1; p=none; rua=mailto:…"; tighten it later.'
    yield fail("DMARC", f"{domain} has no record; large mailbox providers refuse such mail.", advice)


def _check_relay(names: Names) -> Iterator[Finding]:
    """A server of our own must be found from its address, and the address from its name."""
    host = str(getattr(settings, "EMAIL_HOST", ""))
    if settings.EMAIL_PROVIDER or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") or host in LOCAL:
        return
    addresses = [host] if _is_address(host) else names.find(host, "A") + names.find(host, "AAAA")
    if not addresses:
        yield fail("PTR", f"{host} has no address.", "Mend the name in EMAIL_URL.")
    for address in addresses:
        names_back = names.find(str(dns.reversename.from_address(address)), "PTR")
        kind = "AAAA" if ":" in address else "A"
        if any(address in names.find(name, kind) for name in names_back):
            yield ok("PTR", f"{address} is {names_back[0]} and back.")
        else:
            advice = "Ask whoever gave you the address for a PTR record that names the mail server."
            yield warn("PTR", f"{address} has no name that leads back to it.", advice)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
