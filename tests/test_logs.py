"""Logs say what happened and to which request or task, and never whose address or token it was."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from digest.hooks.models import make_secret
from digest.logs import JsonFormatter, LineFormatter, PrivacyFilter, describe_logging, hide_private, telling
from digest.monitoring import clean_event
from subscriptions.tokens import make_confirm_token, make_digest_token, make_leave_token, make_manage_token


def log_line(
    message: object, *arguments: object, formatter: logging.Formatter, error: BaseException | None = None
) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("here", logging.INFO, __file__, 1, message, arguments, info)
    assert PrivacyFilter().filter(record)
    return formatter.format(record)


@pytest.mark.parametrize(
    "text",
    [
        "Sent to ada@example.org",
        "<Ada.Lovelace+papers@mail.example.org>: refused",
        "address=ada%40example.org&topic=robots",
        "{'email': 'ada@bücher.example'}",
        "mailto:ada@example.org?subject=hello",
        '"Ada Lovelace"@example.org',
        "ada@[192.0.2.1] and o'lovelace@example.org",
    ],
)
def test_an_address_is_never_logged(text: str) -> None:
    line = log_line("About %s", text, formatter=LineFormatter())
    assert "ada@" not in line.lower()
    assert "lovelace" not in line.lower()
    assert "ada%40" not in line


def test_a_token_is_never_logged_wherever_it_stands() -> None:
    tokens = [
        make_confirm_token(7),
        make_leave_token(7),
        make_manage_token(7, version=1),
        make_digest_token(7, period="2026-W32"),
        make_digest_token(7, period="2026-08-03"),
    ]
    for token in tokens:
        for text in (f"GET /manage/{token}/ 200", f"bad token {token}", f"'{token}'", f"key={token},"):
            assert token.rpartition(".")[2] not in log_line(text, formatter=LineFormatter())


def test_keys_and_passwords_are_never_logged() -> None:
    text = "redis://user:hush@host/0 Authorization: Bearer abcdefghij /my-feed/AbCdEfGh1234.atom"
    line = hide_private(text)
    hook, token = make_secret(), "pb_" + "onlyletters" * 4
    assert hook not in hide_private(f"\\n{hook}\\n")
    assert token not in hide_private(f"é{token}é")
    assert "4kx" not in hide_private("{'Cookie': 'sessionid=4kx2hq; csrftoken=9'}")
    assert "hush" not in line
    assert "abcdefghij" not in line
    assert "AbCdEfGh1234" not in line
    assert "host/0" in line


@given(st.from_regex(r"[a-z0-9.+-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,6}", fullmatch=True), st.text(max_size=30))
def test_no_address_gets_through(address: str, around: str) -> None:
    assert address not in hide_private(f"{around} {address} {around}").replace(around, "")


def test_a_traceback_is_cleaned_too() -> None:
    try:
        int("ada@example.org")
    except ValueError as error:
        found = json.loads(log_line("It failed", formatter=JsonFormatter(), error=error))
    assert "ada@" not in found["traceback"]
    assert "ValueError: invalid literal" in found["traceback"]


def test_json_lines_carry_the_request_and_the_extras() -> None:
    record = logging.makeLogRecord({"msg": "Done", "name": "here", "route": "papers/", "status": 200})
    with telling(request_id="abc"):
        PrivacyFilter().filter(record)
    found = json.loads(JsonFormatter().format(record))
    assert (found["request_id"], found["route"], found["status"]) == ("abc", "papers/", 200)
    assert found["time"].endswith("+00:00")


def test_a_wrong_format_string_still_gives_a_line() -> None:
    assert "%d readers" in log_line("%d readers", "many", formatter=LineFormatter())


@pytest.mark.django_db
def test_each_request_has_an_id_and_a_line_without_its_path(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="digest.web.requests")
    answer = client.get(f"/leave/{make_leave_token(1)}/", headers={"X-Request-ID": "proxy-12345"})
    assert answer.headers["X-Request-ID"] == "proxy-12345"
    line = next(record for record in caplog.records if record.name == "digest.web.requests")
    assert vars(line)["route"] == "leave/<name:token>/"
    assert make_leave_token(1) not in line.getMessage()
    assert client.get("/healthz", headers={"X-Request-ID": "bad id\r\n"}).headers["X-Request-ID"].isalnum()


@pytest.mark.django_db
def test_no_other_line_tells_the_path_of_a_request(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/nothing/here-was-a-secret/").status_code == 404
    assert not [record for record in caplog.records if "here-was" in record.getMessage()]


def test_sentry_hears_no_address_and_no_cookie() -> None:
    event = {
        "message": "no mailbox ada@example.org",
        "user": {"email": "ada@example.org"},
        "request": {"url": "https://x.org/manage/7.secretsecret/?a=b", "cookies": {"s": "1"}, "method": "GET"},
        "exception": {"values": [{"value": "ada@example.org"}]},
    }
    text = json.dumps(clean_event(event))
    assert "ada@" not in text
    assert "secretsecret" not in text
    assert "cookies" not in text


def test_the_settings_use_the_filter(settings: Any) -> None:
    handlers = settings.LOGGING["handlers"]
    assert all(handler["filters"] == ["privacy"] for handler in handlers.values())
    assert "sentry_sdk" not in sys.modules


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_tasks_that_found_nothing_to_do_are_not_told_each_time(level: str, shown: bool) -> None:
    loggers = describe_logging(form="json", level=level)["loggers"]
    for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace"):
        assert (logging.getLevelNamesMapping()[loggers[name]["level"]] <= logging.INFO) is shown
