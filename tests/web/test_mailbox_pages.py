"""The mailbox pages show caught mail during development, locked up, and are absent otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from pytest_django import Settings

from digest.delivery.mailbox import list_messages

pytestmark = pytest.mark.django_db
LETTER = '<p>Hello</p><script>alert(1)</script><a href="https://example.org/a?b=1&amp;c=2">go</a>'


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings, tmp_path: Path) -> None:
    settings.MAILBOX_DIR = tmp_path
    settings.DEBUG = True


def catch(subject: str = "Please confirm", *, html: str = LETTER) -> str:
    message = EmailMultiAlternatives(subject, "Hello in plain words", "desk@example.org", ["ada@example.org"])
    if html:
        message.attach_alternative(html, "text/html")
    get_connection("digest.delivery.mailbox.MailboxBackend").send_messages([message])
    return list_messages()[0].name


def test_caught_mail_is_listed_newest_first(client: Client) -> None:
    catch("The first <b>")
    catch("The second")
    text = client.get("/mailbox/").content.decode()
    assert text.index("The second") < text.index("The first &lt;b&gt;")
    assert "ada@example.org" in text


def test_an_empty_mailbox_says_how_to_fill_it(client: Client) -> None:
    assert "No mail yet" in client.get("/mailbox/").content.decode()


@pytest.mark.parametrize("tab, words", [
    ("html", "sandbox title="),
    ("text", "Hello in plain words"),
    ("headers", "desk@example.org"),
    ("links", 'href="https://example.org/a?b=1&amp;c=2"'),
    ("nonsense", "sandbox title="),
])  # fmt: skip
def test_each_tab_shows_its_part(client: Client, tab: str, words: str) -> None:
    text = client.get(f"/mailbox/{catch()}/", {"show": tab}).content.decode()
    assert words in text
    assert "<script>alert" not in text


def test_a_letter_without_html_opens_on_its_text(client: Client) -> None:
    assert "Hello in plain words" in client.get(f"/mailbox/{catch(html='')}/").content.decode()


def test_the_width_can_be_that_of_a_phone(client: Client) -> None:
    name = catch()
    assert "letter-phone" in client.get(f"/mailbox/{name}/?width=phone").content.decode()
    assert "letter-desktop" in client.get(f"/mailbox/{name}/?width=9").content.decode()


def test_the_letter_itself_is_locked_up_by_its_own_policy(client: Client) -> None:
    response = client.get(f"/mailbox/{catch()}/html/")
    policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"
    assert response.content.decode() == LETTER
    assert response.headers["Content-Security-Policy"] == policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_raw_message_is_a_file_to_keep(client: Client) -> None:
    name = catch()
    response = client.get(f"/mailbox/{name}/raw/")
    assert response.content == list_messages()[0].raw
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fsecret", "..%2f..%2fetc%2fpasswd", "none.eml", "%00", "é"])
@pytest.mark.parametrize("part", ["", "html/", "raw/"])
def test_no_name_leads_elsewhere(client: Client, name: str, part: str) -> None:
    assert client.get(f"/mailbox/{name}/{part}").status_code == 404


def test_no_browser_or_crawler_keeps_mail(client: Client) -> None:
    name = catch()
    for url in ("/mailbox/", f"/mailbox/{name}/", f"/mailbox/{name}/html/", f"/mailbox/{name}/raw/"):
        headers = client.get(url).headers
        assert "no-store" in headers["Cache-Control"]
        assert "noindex" in headers["X-Robots-Tag"]


def test_outside_development_there_is_no_mailbox(client: Client, settings: Settings) -> None:
    name = catch()
    settings.DEBUG = False
    for url in ("/mailbox/", f"/mailbox/{name}/", f"/mailbox/{name}/html/", f"/mailbox/{name}/raw/"):
        response = client.get(url)
        assert response.status_code == 404
        assert b"Hello" not in response.content
    assert b"Mailbox" not in client.get("/").content
