"""The bytes on the wire against the same letter through Django's EmailMessage, and our gate."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from django.core.management import call_command
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from digest.composing.compose import compose_range
from digest.composing.models import Digest
from digest.composing.schedule import open_due
from digest.delivery.headers import MessageRefusedError, write_text
from digest.delivery.message import LARGEST_HTML_BYTES, build_message
from digest.delivery.ready import Envelope as Enclosing
from digest.delivery.ready import build_ready
from digest.delivery.send import send_range
from digest.rendering.letter import DigestLetter, QuotedMail, QuotedParts
from digest.rendering.quoted import OWN_PLACE
from digest.rendering.render import render_digest, render_quoted_digest
from digest.rendering.samples import sample_digest
from subscriptions.models import Subscriber
from tests.conftest import SmtpSink
from tests.delivery.oracle import compare
from tests.factories import NOW, make_paper, make_subscriber
from tests.rendering.letters import letters

LEAVE_URL = "https://papers.example.org/leave/" + "x" * 90 + "/"
OURS = ("Date", "Content-Type", "MIME-Version")


def digest_for(address: str) -> Digest:
    return Digest(pk=7, subscriber=Subscriber(pk=1, email=address))


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=modern)
    assert isinstance(message, EmailMessage)
    return message


def ready(letter: DigestLetter, address: str = "ada@example.org") -> bytes:
    mail = render_quoted_digest(letter)
    return build_ready(digest=digest_for(address), mail=mail, leave_url=LEAVE_URL, now=NOW).content


def plain(letter: DigestLetter) -> bytes:
    mail = render_digest(letter)
    message = build_message(digest=digest_for("ada@example.org"), mail=mail, leave_url=LEAVE_URL)
    return bytes(message.message().as_bytes())


def enclose(html: list[bytes], *, text: bytes = b"A text.", own: bytes = b"") -> bytes:
    parts = QuotedParts("Subject", [text], html, own)
    return Enclosing.of(NOW).enclose(digest_for("ada@example.org"), parts, LEAVE_URL).content


def test_a_letter_is_refused_for_the_size_of_its_html_alone() -> None:
    line = b"x" * 74 + b"\r\n"
    fitting = [line] * (LARGEST_HTML_BYTES // len(line))
    assert len(enclose(fitting, text=line * 900)) > 1.8 * LARGEST_HTML_BYTES
    with pytest.raises(MessageRefusedError, match="larger than"):
        enclose([*fitting, line])


def test_a_readers_own_links_count_in_full() -> None:
    own = b"y" * 74 + b"\r\n"
    places = LARGEST_HTML_BYTES // len(own)
    assert enclose([OWN_PLACE] * places, own=own).count(own) == places
    with pytest.raises(MessageRefusedError, match="larger than"):
        enclose([OWN_PLACE] * (places + 1), own=own)


def headers_of(message: EmailMessage) -> dict[str, str]:
    # Django's folding leaves a space before a long subject.
    return {name: str(value).strip() for name, value in message.items() if name not in OURS}


def parts_of(message: EmailMessage) -> list[tuple[str, str]]:
    parts = [part for part in message.walk() if not part.is_multipart()]
    return [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in parts]


def built_or_refused(build: Callable[[DigestLetter], bytes], letter: DigestLetter) -> EmailMessage | None:
    try:
        return read(build(letter))
    except MessageRefusedError:
        return None


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_the_bytes_say_what_djangos_message_says(letter: DigestLetter) -> None:
    ours, theirs = built_or_refused(ready, letter), built_or_refused(plain, letter)
    assert (ours is None) == (theirs is None)
    assume(ours is not None and theirs is not None)
    assert ours is not None
    assert theirs is not None
    assert headers_of(ours) == headers_of(theirs)
    assert parts_of(ours) == parts_of(theirs)
    assert not ours.defects


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(letter=letters)
def test_a_join_of_strips_says_what_templates_premailer_and_django_say(letter: DigestLetter) -> None:
    assert compare(letter) != "differ"


def test_the_bytes_are_fit_for_any_connection() -> None:
    raw = ready(sample_digest())
    lines = raw.split(b"\r\n")
    assert raw.isascii()
    assert not any(b"\n" in line or b"\r" in line or len(line) > 998 or line.startswith(b".") for line in lines)


@given(text=st.text(max_size=150).filter(str.isprintable).map(lambda text: " ".join(text.split())))
def test_any_subject_survives_in_short_encoded_words(text: str) -> None:
    raw = write_text("Subject", text)
    assert all(len(word) <= 75 for word in re.findall(rb"=\?.*?\?=", raw))
    assert all(len(line) <= 78 or b" " not in line.strip() for line in raw.split(b"\r\n"))
    assert str(read(raw + b"\r\n")["Subject"]) == text


@pytest.mark.parametrize(
    "address", ["a@x.org,b@x.org", "a@x.org\r\nBcc: b@x.org", "a b@x.org", "<a@x.org>", "é@x.org", ""]
)
def test_the_gate_lets_exactly_one_plain_address_through(address: str) -> None:
    with pytest.raises(MessageRefusedError):
        ready(sample_digest(), address)


@pytest.mark.parametrize("subject", ["a\r\nBcc: b@x.org", "a\x00", "a\u2028b"])
def test_the_gate_stops_control_characters_in_a_subject(subject: str) -> None:
    mail = QuotedMail(subject, b"text", b"html")
    with pytest.raises(MessageRefusedError):
        build_ready(digest=digest_for("a@x.org"), mail=mail, leave_url=LEAVE_URL, now=NOW)


@pytest.mark.parametrize("site", ["Päper, Boy", "Paper, Boy", "論文だより"])
def test_a_name_with_odd_signs_is_the_same_in_both(settings: Any, site: str) -> None:
    settings.SITE_NAME = site
    settings.DEFAULT_FROM_EMAIL = f'"{site}" <digest@paperboy.example>'
    ours, theirs = read(ready(sample_digest())), read(plain(sample_digest()))
    assert str(ours["From"]) == str(theirs["From"])
    # A name with a comma is quoted, as RFC 2919 asks for; Django leaves it.
    assert str(ours["List-Id"]).replace('"', "") == str(theirs["List-Id"])


@pytest.mark.django_db
def test_the_preview_shows_the_bytes_that_are_sent(
    settings: Any, smtp_sink: SmtpSink, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Links carry the second they were signed in.
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_785_000_000.0)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    raw: list[Any] = []

    def keep(envelope: Envelope) -> str:
        raw.append(envelope.original_content)
        return "250 taken"

    smtp_sink.answer = keep
    make_paper("Grasping at scale: 把握", abstract="..dots\n.and =signs", votes=12)
    make_subscriber("ada@example.org")
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**31, now=NOW)
    send_range(first_id=1, last_id=2**31, now=NOW)
    out = tmp_path / "preview.eml"
    call_command("preview_digest", "ada@example.org", now=NOW, format="eml", out=out)
    assert re.sub(rb"Date: .*", b"", out.read_bytes()) == re.sub(rb"Date: .*", b"", raw[0])
