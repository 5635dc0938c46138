"""Which digest a preview shows, and that it is the one that goes out."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
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


def preview_bytes(folder: Path, *, now: datetime) -> bytes:
    preview(now=now, format="eml", out=folder / "preview.eml")
    return (folder / "preview.eml").read_bytes()


def without(name: bytes, raw: bytes) -> bytes:
    """The message without one header; a server may drop the last line's end."""
    return re.sub(rb"(?m)^" + name + rb": .*\r\n", b"", raw).rstrip()


@pytest.mark.parametrize(
    "habits",
    [{}, {"layout": "compact", "date_language": "ja"}, {"rested_from": date(2026, 7, 1)}, {"paper_limit": 1}],
    ids=["full", "compact", "after a rest", "one paper"],
)
def test_what_is_previewed_is_what_is_sent(
    settings: Any, smtp_sink: SmtpSink, tmp_path: Path, habits: dict[str, Any]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    kept: list[bytes] = []

    def keep(envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        kept.append(envelope.content)
        return "250 taken"

    smtp_sink.answer = keep
    topic = make_topic("Lore of grasping")
    make_subscriber("ada@example.org", follows=(topic,), **habits)
    for number in range(4):
        make_paper(f"Paper $x_{number}$ — größer", topics=(topic,), votes=number, abstract="A sentence. " * number * 30)
    before = preview_bytes(tmp_path, now=NOW)
    call_command("run_tick", now=NOW)
    [sent] = kept
    # Only the name is new: before the send, the digest has no number.
    assert without(b"Message-ID", before) == without(b"Message-ID", sent)
    # Afterwards the preview is of the same digest, but later.
    after = preview_bytes(tmp_path, now=NOW + timedelta(hours=5))
    assert without(b"Date", after) == without(b"Date", sent)


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
