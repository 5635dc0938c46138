"""How this product logs: lines or JSON objects, with the request's or task's id, and without anybody's address.

Knows neither Django nor Celery: the web's middleware and the task signals say what is going on.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# What the current request or task is called: {"request_id": …} or {"task": …, "task_id": …}.
_ABOUT: ContextVar[Mapping[str, str] | None] = ContextVar("about", default=None)

_NAME = r"[^\s<>()\[\],;:\"'=/@%]+"
_LOCAL = rf"(?:\"[^\"\n]{{1,64}}\"|(?:{_NAME}')?{_NAME})"
_DOMAIN = rf"(?:{_NAME}|\[[\w.:]+\])"
# Each with what takes its place; the order matters.
_PRIVATE: tuple[tuple[re.Pattern[str], str], ...] = (
    # The name and password in a server's address.
    (re.compile(r"(://)[^\s/@]+@"), r"\1<secret>@"),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), r"\1 <secret>"),
    (re.compile(r"\b(sessionid|csrftoken)=[^\s;,\"']+"), r"\1=<secret>"),
    # Paths that carry somebody's token or key.
    (re.compile(r"/(manage|confirm|leave|f|my-feed|lists)/[^\s\"'/?]{6,}"), r"/\1/<token>"),
    # What Django signs, wherever it stands, and any other long run of random characters.
    (re.compile(r"(?a)[\w:.-]*[.:][\w-]{43}(?![\w-])"), "<token>"),
    (re.compile(r"(?:pb_|whsec_)[\w+/=-]{16,}"), "<secret>"),
    (re.compile(r"(?a)\d+-\d{4}-[\dW-]{2,5}\.[\w-]{22}(?![\w-])"), "<token>"),
    (re.compile(r"(?a)(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40,}"), "<token>"),
    (re.compile(rf"{_LOCAL}(?:@|%40){_DOMAIN}"), "<address>"),
)
# A frame of a traceback names files, and Celery a host: neither is an address.
_HOST_OF_WORKER = re.compile(r"\b(celery|worker\w*)@([\w.-]+)")
_LONGEST = 20_000
# Say of every task that it was sent, came and went.
CHATTY = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def telling(**about: str) -> Iterator[None]:
    """Name the request or task that everything logged inside belongs to."""
    token = _ABOUT.set(about)
    try:
        yield
    finally:
        _ABOUT.reset(token)


def start_telling(**about: str) -> None:
    """The same without an end, for a process that does one thing after the other."""
    _ABOUT.set(about)


def hide_private(text: str) -> str:
    """The text without addresses, tokens, keys and passwords."""
    kept = _HOST_OF_WORKER.sub(r"\1 at \2", text[:_LONGEST])
    for pattern, instead in _PRIVATE:
        kept = pattern.sub(instead, kept)
    return kept


class PrivacyFilter(logging.Filter):
    """Rewrites a record before any handler's formatter sees it. Lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Fold the arguments and the traceback into clean text."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # a wrong format string must not cost the line
            message = str(record.msg)
        record.msg, record.args = hide_private(message), ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = hide_private(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, str):
                setattr(record, name, hide_private(value))
        record.about = dict(_ABOUT.get() or {})
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, ids, extras, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; what is not JSON becomes its text."""
        known = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            known["traceback"] = record.exc_text
        return json.dumps(known | getattr(record, "about", {}) | _extras(record), default=str, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """The same for a person: one line, the ids at its end."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The line with what it belongs to."""
        about = {name: value for name, value in getattr(record, "about", {}).items() if name.endswith("_id")}
        return super().formatMessage(record) + "".join(f" [{name} {value}]" for name, value in about.items())


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    extras = {name: value for name, value in vars(record).items() if name not in _STANDARD and name != "about"}
    return {name: value for name, value in extras.items() if isinstance(value, str | int | float | bool)}


def describe_logging(*, form: str, level: str) -> dict[str, Any]:
    """The settings of Python's logging; `form` is "json" or "line"."""
    formatter = "digest.logs.JsonFormatter" if form == "json" else "digest.logs.LineFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"privacy": {"()": "digest.logs.PrivacyFilter"}},
        "formatters": {"chosen": {"()": formatter}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["privacy"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # They bring handlers of their own, which would print each line a second time, as it is.
            "django": {"handlers": [], "level": level, "propagate": True},
            # Its warnings tell a path, which may carry a token; our own line of the request tells the rest.
            "django.request": {"level": "ERROR", "propagate": True},
            # Scanners ask for made-up hosts all day; a traceback for each hides what matters.
            "django.security.DisallowedHost": {"level": "CRITICAL", "propagate": True},
            # Each task tells by itself what it did, if anything: a hundred lines a minute hide that. DEBUG shows all.
            **{name: {"level": "WARNING" if level == "INFO" else level} for name in CHATTY},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
        },
    }
