"""What DNS says about a sender, asked of a real name server on this machine."""

from __future__ import annotations

from typing import Any

import dns.resolver
import pytest

from digest.web.diagnosis.findings import Finding, Level
from digest.web.diagnosis.names import Names, check_sender, check_site
from tests.web.diagnosis.zone import Records, serve

GOOD: Records = {
    ("papers.example.org", "A"): ["192.0.2.7"],
    ("papers.example.org", "TXT"): ['"google-site" "x"', '"v=spf1 ip4:192.0.2.7 " "-all"'],
    ("mail._domainkey.papers.example.org", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB" "IjAN"'],
    ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=none"'],
    ("mx.example.org", "A"): ["192.0.2.25"],
    ("25.2.0.192.in-addr.arpa", "PTR"): ["mx.example.org."],
}


@pytest.fixture(autouse=True)
def _sender(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "digest@papers.example.org"
    settings.MAIL_DOMAIN = settings.SITE_HOST = "papers.example.org"
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://papers.example.org", ["papers.example.org"]
    settings.DKIM_SELECTORS = ["mail"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "mx.example.org"


def look(records: Records) -> dict[str, Finding]:
    with serve(records) as names:
        return {finding.about: finding for finding in check_sender(names)}


def test_a_sender_with_every_record_is_fine() -> None:
    found = look(GOOD)
    assert {about: finding.level for about, finding in found.items()} == dict.fromkeys(
        ("SPF", "DKIM", "DMARC", "PTR"), Level.OK
    )
    assert "ip4:192.0.2.7 -all" in found["SPF"].words


@pytest.mark.parametrize(
    ("about", "name", "kind", "records"),
    [
        ("SPF", "papers.example.org", "TXT", ['"something else"']),
        ("SPF", "papers.example.org", "TXT", ['"v=spf1 -all"', '"v=spf1 mx -all"']),
        ("SPF", "papers.example.org", "TXT", ['"v=spf1 +all"']),
        ("DKIM", "mail._domainkey.papers.example.org", "TXT", []),
        ("DKIM", "mail._domainkey.papers.example.org", "TXT", ['"v=DKIM1; p="']),
        ("DMARC", "_dmarc.example.org", "TXT", []),
        ("DNS", "papers.example.org", "A", []),
        ("PTR", "mx.example.org", "A", []),
    ],
)
def test_a_missing_or_wrong_record_fails_with_advice(about: str, name: str, kind: str, records: list[str]) -> None:
    found = look(GOOD | {(name, kind): records})
    assert found[about].level == Level.FAIL
    assert found[about].advice


def test_an_address_whose_name_leads_elsewhere_is_a_warning() -> None:
    assert look(GOOD | {("25.2.0.192.in-addr.arpa", "PTR"): ["other.example.org."]})["PTR"].level == Level.WARN


def test_a_silent_name_server_is_one_warning() -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 9
    resolver.timeout = 0.1
    [finding] = check_sender(Names(resolver))
    assert (finding.level, finding.about) == (Level.WARN, "DNS")


@pytest.mark.parametrize(
    ("url", "hosts", "says"),
    [
        ("http://127.0.0.1:8000", ["127.0.0.1"], "leads nowhere"),
        ("http://papers.example.org", ["papers.example.org"], "not encrypted"),
        ("https://papers.example.org", ["other.example.org"], "do not answer to"),
    ],
)
def test_a_wrong_site_address_is_named(settings: Any, url: str, hosts: list[str], says: str) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = url, hosts
    [finding] = check_site()
    assert finding.level == Level.FAIL
    assert says in finding.words
