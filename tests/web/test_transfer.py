"""A site survives being written to a file and read back; and a restored copy mails nobody again."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from digest.composing.compose import compose_range
from digest.composing.models import Digest, Edition, Pick
from digest.composing.schedule import open_due
from digest.delivery.reconcile import find_work
from digest.delivery.send import send_range
from digest.papers.models import Paper
from digest.web.transfer import list_models
from subscriptions.emails import send_waiting
from subscriptions.models import Interest, Notice, Subscriber, Suppression
from tests.conftest import SmtpSink
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db(transaction=True)


def snapshot() -> dict[str, list[Any]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in list_models()}


def empty() -> None:
    for model in reversed(list_models()):
        model._default_manager.all().delete()


@pytest.fixture
def site(db: None) -> None:
    """A site with something of everything; the copy is in the file."""
    person = make_subscriber("ada@example.org", follows=(make_topic("Robots"),), next_due_at=NOW + timedelta(days=1))
    curator = User.objects.create_user("curator", is_staff=True)
    curator.user_permissions.add(Permission.objects.get(codename="change_paper"))
    curator.groups.add(Group.objects.create(name="Guests"))
    edition = Edition.objects.create(period="2026-W31", title="Übung “eins”", approved_by=curator)
    Pick.objects.create(edition=edition, paper=make_paper("Grüße\u2028 and $x^2$", arxiv_id="2608.00001"))
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW, "edition": edition}
    Digest.objects.create(subscriber=person, period="2026-W31", state="accepted", entries=[{"paper": 1}], **values)
    Suppression.objects.create(address_hash="a" * 64, reason="erased")


def export(tmp_path: Path, name: str = "copy.jsonl.gz") -> Path:
    call_command("export_site", str(tmp_path / name), stdout=StringIO())
    return tmp_path / name


@pytest.mark.usefixtures("site")
def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    before, file = snapshot(), export(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    empty()
    call_command("import_site", str(file), "--moving", stdout=StringIO())
    after = snapshot()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert User.objects.get().has_perm("papers.change_paper")
    new = make_paper("Another")
    assert new.pk > max(row["id"] for row in before["Paper"])


@pytest.mark.usefixtures("site")
def test_a_site_that_is_not_empty_and_a_file_that_exists_are_left_alone(tmp_path: Path) -> None:
    file = export(tmp_path)
    with pytest.raises(CommandError, match="not empty"):
        call_command("import_site", str(file))
    with pytest.raises(CommandError, match="already"):
        export(tmp_path)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("damage", ["cut", "line", "other", "text", "versions", "missing"])
def test_a_damaged_copy_stores_nothing(tmp_path: Path, damage: str) -> None:
    file = export(tmp_path)
    lines = gzip.decompress(file.read_bytes()).decode().split("\n")
    head = json.loads(lines[0])
    changed = {
        "cut": lines[:-2],
        "line": [*lines[:-3], "[1, 2", *lines[-3:]],
        "other": ["{}"],
        "text": ["hello"],
        "versions": [json.dumps(head | {"migrations": []}), *lines[1:]],
        "missing": [line for line in lines if "ada@example.org" not in line],
    }[damage]
    file.write_bytes(gzip.compress("\n".join(changed).encode()))
    empty()
    with pytest.raises(CommandError, match="Nothing was stored"):
        call_command("import_site", str(file))
    assert not Subscriber.objects.exists()
    assert not Paper.objects.exists()


def run_site(now: Any) -> None:
    """What workers do in a round."""
    open_due(now=now)
    for _ in range(2):
        for first, last in list(find_work(now=now)):
            compose_range(first_id=first, last_id=last, now=now)
            send_range(first_id=first, last_id=last, now=now)
    send_waiting(now=now)


def test_restoring_yesterdays_copy_mails_nobody_again(tmp_path: Path, settings: Any, smtp_sink: SmtpSink) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    topic = make_topic("Robots")
    make_paper("Grasping", topics=(topic,))
    people = [make_subscriber(follows=(topic,)) for _ in range(3)]
    Notice.objects.create(subscriber=people[0], kind="welcome", due_at=NOW)
    with time_machine.travel(NOW, tick=False):
        file = export(tmp_path)
        run_site(NOW)
    assert len(smtp_sink.messages) == 4
    empty()
    tomorrow = NOW + timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        out = StringIO()
        call_command("import_site", str(file), stdout=out)
        run_site(tomorrow)
    assert len(smtp_sink.messages) == 4
    assert "3 readers moved to their next hour" in out.getvalue()
    assert "subscribed again" in out.getvalue()
    assert Interest.objects.count() == 3
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        make_paper("News", topics=(topic,), listed_on=(NOW + timedelta(days=6)).date())
        run_site(NOW + timedelta(days=7))
    assert len(smtp_sink.messages) == 7


def test_what_was_on_its_way_waits_for_a_person(tmp_path: Path) -> None:
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW, "period": "2026-W32"}
    for state in ("planned", "composed", "sending", "retry", "accepted"):
        Digest.objects.create(subscriber=make_subscriber(), state=state, **values)
    file = export(tmp_path)
    empty()
    call_command("import_site", str(file), stdout=StringIO())
    states = sorted(Digest.objects.values_list("state", flat=True))
    assert states == ["accepted", "skipped", "unknown", "unknown", "unknown"]


def test_a_site_that_moves_keeps_its_open_work(tmp_path: Path) -> None:
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW, "period": "2026-W32"}
    Digest.objects.create(subscriber=make_subscriber(), state="composed", **values)
    file = export(tmp_path)
    empty()
    call_command("import_site", str(file), "--moving", stdout=StringIO())
    assert Digest.objects.get().state == "composed"
    assert Subscriber.objects.get().next_due_at == NOW
