"""The development mailbox keeps whole messages, in order, and reads nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from digest.delivery.mailbox import (
    NAME,
    CaughtMail,
    count_messages,
    keep_message,
    list_messages,
    read_message,
)

ANY_NAME = "20260803T081500.000000001Z-0a1b2c3d.eml"


@pytest.fixture(autouse=True)
def mailbox(settings: Settings, tmp_path: Path) -> Path:
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    return tmp_path / "mailbox"


def send(subject: str, *, to: str = "ada@example.org") -> int:
    message = EmailMultiAlternatives(subject, "plain ∀x", "desk@example.org", [to] if to else [])
    message.attach_alternative("<p>rich ∀x</p>", "text/html")
    return get_connection("digest.delivery.mailbox.MailboxBackend").send_messages([message])


def test_a_message_is_kept_and_read_back_whole() -> None:
    assert send("Fields of gödel") == 1
    [caught] = list_messages()
    assert (caught.subject, caught.to) == ("Fields of gödel", "ada@example.org")
    assert caught.text == "plain ∀x"
    assert caught.html == "<p>rich ∀x</p>"
    assert caught.size == len(caught.raw) > 0
    assert abs((datetime.now(UTC) - caught.caught_at).total_seconds()) < 60


def test_a_message_without_a_recipient_is_not_kept() -> None:
    assert send("nobody", to="") == 0
    assert count_messages() == 0


def test_messages_are_listed_newest_first() -> None:
    for number in range(4):
        send(f"number {number}")
    assert [caught.subject for caught in list_messages(skip=1, limit=2)] == ["number 2", "number 1"]


def test_an_absent_folder_is_an_empty_mailbox(mailbox: Path) -> None:
    assert not mailbox.exists()
    assert list_messages() == []


def test_writers_at_the_same_moment_do_not_overwrite_each_other() -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda number: keep_message(b"Subject: %d\r\n\r\n" % number), range(200)))
    assert len(names) == count_messages() == 200


def test_no_unfinished_file_is_left_or_listed(mailbox: Path) -> None:
    send("whole")
    (mailbox / f"{ANY_NAME}.part").write_bytes(b"half")
    (mailbox / "notes.txt").write_text("not mail")
    assert count_messages() == 1
    assert all(NAME.fullmatch(path.name) for path in mailbox.glob("*.eml"))


@pytest.mark.parametrize(
    "name",
    [
        "../secret.eml",
        "/etc/passwd",
        "..",
        "",
        f"x/{ANY_NAME}",
        f"{ANY_NAME}\n",
        f"{ANY_NAME}.part",
        "\x00",
        "a" * 5000,
    ],
)
def test_no_name_leads_outside_the_mailbox(name: str, mailbox: Path) -> None:
    mailbox.mkdir()
    (mailbox.parent / "secret.eml").write_bytes(b"Subject: secret\r\n\r\n")
    with pytest.raises(FileNotFoundError):
        read_message(name)


@given(st.binary(max_size=400))
def test_broken_mail_is_shown_and_never_raises(raw: bytes) -> None:
    caught = CaughtMail(name=ANY_NAME, raw=raw)
    assert isinstance(caught.text + caught.html + caught.subject + caught.to, str)


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-16", ""])
def test_an_unknown_charset_still_shows_something(charset: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\r\nSubject: =?{charset}?b?4pyT?=\r\n\r\nbody".encode()
    caught = CaughtMail(name=ANY_NAME, raw=raw)
    assert caught.text
    assert caught.subject
