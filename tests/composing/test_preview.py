"""Which digest a preview shows, and that it is the one that goes out."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digest.composing.models import Digest
from digest.composing.preview import preview_for
from subscriptions.models import Subscriber
from tests.conftest import SmtpSink
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def preview(**options: Any) -> str:
    out = io.StringIO()
    call_command("preview_digest", "ada@example.org", stdout=out, **options)
    return out.getvalue()


def parts(message: EmailMessage) -> list[list[str]]:
    """The lines of each part, whatever its line ends."""
    return [part.get_content().splitlines() for part in message.walk() if not part.is_multipart()]


def preview_mail(folder: Path, *, now: datetime) -> EmailMessage:
    preview(now=now, format="eml", out=folder / "preview.eml")
    return message_from_bytes((folder / "preview.eml").read_bytes(), policy=modern)


def test_what_is_previewed_is_what_is_sent(settings: Any, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    topic = make_topic("Lore of grasping")
    make_subscriber("ada@example.org", follows=(topic,))
    for number in range(4):
        make_paper(f"Paper $x_{number}$ — größer", topics=(topic,), votes=number)
    before = preview_mail(tmp_path, now=NOW)
    call_command("run_tick", now=NOW)
    [sent] = smtp_sink.messages
    assert parts(before) == parts(sent)
    assert before["Subject"] == sent["Subject"]
    assert parts(preview_mail(tmp_path, now=NOW + timedelta(hours=5))) == parts(before)


def test_a_preview_stores_nothing() -> None:
    make_subscriber("ada@example.org")
    make_paper("Grasping at scale")
    assert "Grasping at scale" in preview(now=NOW)
    assert not Digest.objects.exists()


def test_between_two_slots_the_next_one_is_shown() -> None:
    reader = make_subscriber(next_due_at=NOW + timedelta(days=7))
    digest = preview_for(reader, now=NOW + timedelta(days=2))
    assert (digest.period, digest.first_day, digest.last_day) == ("2026-W33", date(2026, 8, 3), date(2026, 8, 10))


def test_a_slot_too_late_to_catch_up_gives_way_to_the_next() -> None:
    reader = make_subscriber(next_due_at=NOW)
    assert preview_for(reader, now=NOW + timedelta(days=6)).period == "2026-W33"


def test_a_reader_with_an_unknown_zone_can_be_previewed() -> None:
    assert preview_for(make_subscriber(timezone="Mars/Olympus"), now=NOW).period == "2026-W32"


def test_nothing_to_say_is_said_with_the_days_that_were_looked_at() -> None:
    make_subscriber("ada@example.org")
    with pytest.raises(CommandError, match="from 2026-07-27 to 2026-08-03"):
        preview(now=NOW)


def test_an_unknown_address_and_an_unwritable_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No subscriber has this address"):
        preview(now=NOW)
    make_subscriber("ada@example.org")
    make_paper()
    with pytest.raises(CommandError, match="Cannot write"):
        preview(now=NOW, out=tmp_path / "no" / "such" / "folder.html")
    assert Subscriber.objects.count() == 1
