"""The desk's door: it locks against guessing, asks for codes where there are some, closes when a password changes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from subscriptions.tokens import TokenError, make_leave_token, read_leave_token

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-password-1"


@pytest.fixture
def curator(db: None) -> User:
    return User.objects.create_superuser("curator", password=PASSWORD)


def log_in(client: Client, *, password: str = PASSWORD, network: str = "203.0.113.7", **fields: str) -> Any:
    body = {"username": "curator", "password": password, **fields}
    return client.post("/admin/login/?next=/admin/", body, REMOTE_ADDR=network)


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    return f"{totp(device.bin_key, drift=later):06}"


def test_a_name_and_a_password_open_the_desk(client: Client, curator: User) -> None:
    assert log_in(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_five_wrong_passwords_close_the_account_to_that_network_only(client: Client, curator: User) -> None:
    for _ in range(5):
        answer = log_in(client, password="wrong")
    assert answer.status_code == 429
    locked = log_in(client)
    assert locked.status_code == 429
    assert "Too many tries" in locked.content.decode()
    assert log_in(Client(), network="198.51.100.9").status_code == 302


def test_no_address_of_a_visitor_is_kept_for_the_lock(client: Client, curator: User) -> None:
    log_in(client, password="wrong", network="203.0.113.7")
    assert "203.0.113" not in str(AccessAttempt.objects.values())


def test_whoever_has_codes_must_type_one_and_each_only_once(client: Client, curator: User) -> None:
    out = StringIO()
    call_command("add_totp", "curator", stdout=out)
    assert out.getvalue().startswith("otpauth://totp/Paperboy")
    device = TOTPDevice.objects.get()
    asked = log_in(client)
    assert asked.status_code == 200
    assert 'name="code"' in asked.content.decode()
    assert log_in(client, code=code_of(device)).status_code == 302
    assert log_in(Client(), code=code_of(device)).status_code == 200


def test_a_wrong_code_does_not_open(client: Client, curator: User) -> None:
    call_command("add_totp", "curator", stdout=StringIO())
    assert log_in(client, code="000000").status_code == 200
    assert client.get("/admin/").status_code == 302


def test_codes_may_be_required_of_everybody(client: Client, curator: User, settings: Any) -> None:
    settings.STAFF_TOTP = "required"
    answer = log_in(client)
    assert answer.status_code == 200
    assert "manage.py add_totp" in answer.content.decode()


def test_a_lost_phone_can_be_taken_back(client: Client, curator: User) -> None:
    call_command("add_totp", "curator", stdout=StringIO())
    call_command("add_totp", "curator", "--remove", stdout=StringIO())
    assert log_in(client).status_code == 302
    with pytest.raises(CommandError, match="Nobody of the staff"):
        call_command("add_totp", "stranger")


def test_sessions_end_when_the_password_changes(client: Client, curator: User) -> None:
    log_in(client)
    curator.set_password("another-long-password-2")
    curator.save()
    assert client.get("/admin/").status_code == 302


def test_old_links_and_sessions_live_on_while_a_key_is_exchanged(client: Client, curator: User, settings: Any) -> None:
    token, away = make_leave_token(7), Client()
    log_in(client)
    log_in(away)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of sufficient length"
    assert read_leave_token(token) == 7
    assert client.get("/admin/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(TokenError):
        read_leave_token(token)
    # Who came by meanwhile has a session under the new key.
    assert client.get("/admin/").status_code == 200
    assert away.get("/admin/").status_code == 302
