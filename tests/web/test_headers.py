"""Public pages tell browsers to run and load nothing but ours."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.fixtures import make_paper

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/", "/papers/week/2026-W54/", "/no/such/page/", "/feed/", "/robots.txt"])
def test_public_pages_carry_the_strict_policies(client: Client, url: str) -> None:
    headers = client.get(url).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_desk_may_run_its_own_scripts_and_nobody_elses(client: Client) -> None:
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("/api/v1/topics", ""),
        ("/healthz", ""),
        ("/metrics", ""),
        ("/webhooks/postmark/tracking/", ""),
        ("/static/site.css", ""),
        ("/static/none.css", ""),
        ("/admin", ""),
        ("/", "evil.example.com"),
    ],
)
def test_what_programs_ask_carries_them_too(client: Client, url: str, host: str) -> None:
    answer = client.get(url, headers={"Host": host} if host else {})
    answer.close()
    headers = answer.headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_pages_name_no_other_site_to_load_from(client: Client) -> None:
    make_paper(thumbnail_url="https://img.example.org/a.png", code_url="https://code.example.org/")
    text = client.get("/papers/day/2026-07-31/").content.decode()
    assert "img.example.org" not in text
    assert 'src="http' not in text
