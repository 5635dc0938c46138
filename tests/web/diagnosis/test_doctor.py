"""The doctor finds each planted fault, says what to do, and is content with a sound site."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now

from digest.delivery.pulse import beat
from digest.papers.models import ImportRun, Source
from tests.conftest import SmtpSink, find_free_port
from tests.papers.playing import Reply, play
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
SOUND = dict(
    line.split("=", 1)
    for line in (ROOT / "tests" / "production.env").read_text().splitlines()
    if not line.startswith("#")
)


@pytest.fixture
def sound(settings: Any, tmp_path: Path, broker: redis.Redis, smtp_sink: SmtpSink) -> Any:
    """A site with nothing to complain about but what this machine cannot have: DNS, and encrypted mail."""
    for name in ("SECRET_KEY", "SUPPRESSION_KEY", "SITE_URL", "DEFAULT_FROM_EMAIL", "POSTAL_ADDRESS"):
        setattr(settings, name, SOUND[name])
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["papers.example.org"]
    settings.MAIL_DOMAIN = "papers.example.org"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.EMAIL_PROVIDER = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").touch()
    Path(settings.VAR_DIR).chmod(0o700)
    # The tests' own allowance, which rows need beside a browser that an earlier test left open.
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "async.E001"]
    User.objects.create_user("curator", is_staff=True)
    beat(now=now())
    return settings


def examine() -> str:
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except CommandError as error:
        out.write(f"\nfailed: {error}")
    return out.getvalue()


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's name server is nobody a test should ask."""
    monkeypatch.setattr("digest.web.management.commands.doctor.look_up_sender", lambda: iter(()))


def test_a_sound_site_gets_no_fail_and_exits_with_success(sound: Any) -> None:
    text = examine()
    assert "\nfail" not in text
    assert "failed:" not in text
    for about in ("settings", "disk", "database", "broker", "flow", "mail", "SITE_URL", "clock", "time zones"):
        assert f"ok   {about}:" in text or f"warn {about}: It is SQLite" in text


def set_to(**values: object) -> Callable[[Any], None]:
    def plant(settings: Any) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return plant


def stop_beat(_settings: Any) -> None:
    beat(now=now() - timedelta(hours=1))


def forget_a_migration(_settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'delivery'")


def evict(settings: Any) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")


def break_a_source(_settings: Any) -> None:
    ImportRun.objects.create(source=Source.objects.create(name="Daily list", kind="csv"), verdict="broken")


@pytest.mark.parametrize(
    ("plant", "line", "advice"),
    [
        (set_to(SECRET_KEY="change-me"), "fail settings: SECRET_KEY is too easy to guess.", "token_urlsafe"),
        (set_to(POSTAL_ADDRESS=""), "fail settings: POSTAL_ADDRESS is not set.", "postal address"),
        (set_to(SITE_URL="http://localhost:8000"), "fail SITE_URL:", "public address"),
        (set_to(ALLOWED_HOSTS=["other.example.org"]), "fail SITE_URL: We do not answer", "ALLOWED_HOSTS"),
        (set_to(REDIS_URL="redis://127.0.0.1:1/0"), "fail broker: It does not answer", "REDIS_URL"),
        (evict, "fail broker: Its maxmemory-policy is allkeys-lru", "noeviction"),
        (stop_beat, "fail flow: No worker has run the tick", "beat"),
        (forget_a_migration, "fail database:", "manage.py migrate"),
        (set_to(EMAIL_PORT=1), "fail mail: 127.0.0.1:1 cannot be used", "EMAIL_URL"),
        (set_to(STATIC_ROOT="/nowhere"), "fail static files: There are none.", "collectstatic"),
        (set_to(VAR_DIR="/nowhere/at/all"), "fail disk:", "VAR_DIR"),
        (set_to(DEBUG=True), "warn settings: DEBUG is on.", "leave DEBUG"),
        (break_a_source, "warn sources: The last visit to “Daily list” went wrong.", "import run"),
        (lambda _: User.objects.all().delete(), "warn desk: Nobody can log in", "createsuperuser"),
    ],
)
def test_a_planted_fault_is_found_with_what_to_do(
    sound: Any, broker: redis.Redis, plant: Callable[[Any], None], line: str, advice: str
) -> None:
    plant(sound)
    text = examine()
    broker.config_set("maxmemory-policy", "noeviction")
    [place] = [place for place, found in enumerate(text.splitlines()) if found.startswith(line)]
    assert advice in text.splitlines()[place + 1]
    assert ("failed:" in text) == line.startswith("fail")


def test_a_wrong_clock_is_noticed(sound: Any) -> None:
    with time_machine.travel(now() + timedelta(hours=2)):
        assert "fail clock:" in examine()


def provider(settings: Any, status: int, **values: object) -> str:
    settings.EMAIL_PROVIDER, settings.EMAIL_BACKEND = "postmark", "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "the-token"}
    settings.ANYMAIL_WEBHOOK_SECRET = "hook:a-long-random-password"
    for name, value in values.items():
        setattr(settings, name, value)
    with play(lambda _: Reply(b"{}", status=status, headers={"Content-Type": "application/json"})) as player:
        settings.FETCH_LOOPBACK_PORT = player.port
        text = examine()
    assert player.asked[0].headers["X-Postmark-Server-Token"] == "the-token"
    return text


def test_a_providers_key_is_tried_without_sending(sound: Any, smtp_sink: SmtpSink) -> None:
    assert "ok   mail: postmark knows our key." in provider(sound, 200)
    assert "fail mail: postmark refuses our key" in provider(sound, 401)
    assert smtp_sink.messages == []


def test_a_guessable_webhook_secret_is_found(sound: Any) -> None:
    assert "ok   webhooks:" in provider(sound, 200)
    assert "fail webhooks:" in provider(sound, 200, ANYMAIL_WEBHOOK_SECRET="a:b")


def test_a_provider_without_its_key_is_named(sound: Any) -> None:
    sound.EMAIL_PROVIDER, sound.EMAIL_BACKEND = "postmark", "anymail.backends.postmark.EmailBackend"
    assert "POSTMARK_SERVER_TOKEN is not set." in examine()


def test_the_mail_servers_refusal_is_told(sound: Any) -> None:
    sound.EMAIL_PORT = find_free_port()
    assert "fail mail:" in examine()
