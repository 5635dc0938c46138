"""Reads the environment (and a `.env` file) once, for the settings alone.

Of Django it knows the one error for wrong settings. Every variable is listed in `.env.example`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent


WANTED = {int: "a whole number", float: "a number"}


class Environment(environ.Env):  # type: ignore[misc] # it ships no types
    """The variables. One that cannot be read is named, since a bare traceback helps nobody."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """A variable's value, cast as asked. Raises ImproperlyConfigured."""
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, IndexError) as error:
            wanted = "name=value, with commas" if isinstance(kwargs.get("cast"), dict) else WANTED[kwargs["cast"]]
            raise ImproperlyConfigured(f"{var} cannot be used: it must be {wanted}.") from error


env = Environment()
env.read_env(os.environ.get("ENV_FILE", ROOT / ".env"))

# Processes are what there are several of. Threads inside each matrix product would wait for one another
# on a busy machine, which makes small ones a hundred times slower. It counts if set before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
# A server that vanished is noticed within a minute or so. libpq would wait for hours; DATABASE_URL may say otherwise.
POSTGRES_PATIENCE = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
LOG_FORMATS = ("line", "json")
BROKER_SCHEMES = ("redis", "rediss", "unix")

# A unix socket's path may hold 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES = 103


# Providers whose Anymail backend we add something to.
OWN_BACKENDS = {"resend": "digest.delivery.transport.idempotency.EmailBackend"}


def data_dir() -> Path:
    """Where this installation keeps its files: database, logs, caught mail."""
    return Path(env.str("VAR_DIR", default=str(ROOT / "var"))).absolute()


def log_format() -> str:
    """How logs are written: "line" for a person (in development), "json" for a machine."""
    form = str(env.str("LOG_FORMAT", default="line" if env.bool("DEBUG", default=False) else "json"))
    if form not in LOG_FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}.")
    return form


def log_level() -> str:
    """How much is logged. Raises ImproperlyConfigured for a word that Python's logging does not know."""
    level = str(env.str("LOG_LEVEL", default="INFO")).upper()
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured("LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR.")
    return level


def prepare_data_dir() -> Path:
    """The same folder with a place for static files, made if need be.

    Where that fails, a system check says so in plain words.
    """
    with contextlib.suppress(OSError):
        data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir() / "static").mkdir(exist_ok=True)
    return data_dir()


def broker_socket() -> Path:
    """Where the embedded broker listens; a short temporary path where the data folder's is too long."""
    wanted = data_dir() / "valkey.sock"
    if len(os.fsencode(wanted)) <= SOCKET_PATH_BYTES:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"paperboy-{os.getuid()}-{name}" / "valkey.sock"


def redis_url() -> str:
    """The broker's address as redis-py spells it: `REDIS_URL`, or the embedded server's socket."""
    url = env.str("REDIS_URL", default="") or f"unix://{broker_socket()}?db=0"
    if urlsplit(url).scheme not in BROKER_SCHEMES:
        raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0, or be left out.")
    return str(url)


def celery_broker_url(url: str) -> str:
    """The same address as Celery spells it: `unix://` becomes `redis+socket://`, certificates are looked at."""
    parts = urlsplit(url)
    if parts.scheme == "rediss" and "ssl_cert_reqs" not in parts.query:
        # Celery would take anybody's certificate.
        return f"{url}{'&' if parts.query else '?'}ssl_cert_reqs=required"
    if parts.scheme != "unix":
        return url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def database() -> dict[str, Any]:
    """Django's settings for one database: tuned SQLite by default, or what `DATABASE_URL` names."""
    path = data_dir() / "paperboy.sqlite3"
    # An empty variable (as compose files produce) means the same as none.
    url = env.str("DATABASE_URL", default="") or f"sqlite:///{path}"
    try:
        known = urlsplit(url).scheme in DATABASE_SCHEMES
        config: dict[str, Any] = environ.Env.db_url_config(url) if known else {}
    except ValueError:  # its text would show the password
        config = {}
    if not config:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name, or be left out for SQLite."
        )
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # Several workers write at once: the default lock upgrade fails at once whatever the
        # timeout, so every transaction takes its write lock first and waits its turn.
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
        config["OPTIONS"] = POSTGRES_PATIENCE | config.get("OPTIONS", {})
    return config


def mail() -> dict[str, Any]:
    """Django's mail settings: a provider, an SMTP server, or the development mailbox, in that order."""
    provider = env.str("EMAIL_PROVIDER", default="")
    url = env.str("EMAIL_URL", default="")
    if provider:
        return {
            "EMAIL_BACKEND": OWN_BACKENDS.get(provider, f"anymail.backends.{provider}.EmailBackend"),
            "ANYMAIL": provider_settings(provider),
        }
    if url:
        try:
            return dict(environ.Env.email_url_config(url))
        except (ValueError, ImproperlyConfigured):
            raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587.") from None
    return {"EMAIL_BACKEND": "digest.delivery.mailbox.MailboxBackend"}


def provider_settings(provider: str) -> dict[str, Any]:
    """The variables that start with the provider's name, as Anymail names them; JSON where it parses."""
    prefix = provider.upper() + "_"
    return {name: _plain_or_json(os.environ[name]) for name in os.environ if name.startswith(prefix)}


def _plain_or_json(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
