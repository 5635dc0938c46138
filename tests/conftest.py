"""Fixtures for every folder: rows, and real servers (broker, worker, SMTP, site, browser)."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection, connections
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from digest.local.broker import start_broker
from digest.local.children import Child, start_child, stop_children
from tests.servers import FOLDER

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep SQLite's test database in a file, where a worker process can see it too."""
    if connection.vendor == "sqlite":
        connections["default"].settings_dict["TEST"]["NAME"] = str(FOLDER / "test.sqlite3")


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """A real hash takes half a second on purpose; no test is about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """A worker keeps strips made with its settings; tests change these."""
    if ready := sys.modules.get("digest.delivery.ready"):
        ready.WORKBENCH.forget()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """A running broker; its address as redis-py spells it."""
    child = start_broker(socket=FOLDER / "valkey.sock", data=FOLDER / "valkey", log_dir=FOLDER / "logs")
    yield str(settings.REDIS_URL)
    stop_children([child])


@pytest.fixture
def broker(valkey: str) -> Iterator[redis.Redis]:
    """An empty broker."""
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
        yield client


@dataclass
class Processes:
    """Starts Celery's real processes on the test's own database and broker."""

    environment: dict[str, str] = field(default_factory=dict)
    running: list[Child] = field(default_factory=list)

    def start_worker(self) -> Child:
        """A worker, when it is ready for tasks."""
        child = self.start("worker", "worker", "--loglevel", "INFO")
        deadline = time.monotonic() + 30
        while " ready." not in child.log.read_text():
            assert not child.has_ended, child.read_tail(40)
            assert time.monotonic() < deadline, child.read_tail(40)
            time.sleep(0.05)
        return child

    def start_beat(self) -> Child:
        """The scheduler."""
        return self.start("beat", "beat", "--loglevel", "INFO")

    def start(self, name: str, *arguments: str) -> Child:
        """One Celery process."""
        command = [sys.executable, "-m", "celery", "-A", "digest", *arguments]
        log_dir = FOLDER / "logs"
        child = start_child(f"{name}-{len(self.running)}", command, log_dir=log_dir, environment=self.environment)
        self.running.append(child)
        return child


def database_url() -> str:
    """Where the test's own database is."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    address, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{query}"


@pytest.fixture
def processes(transactional_db: None, broker: redis.Redis) -> Iterator[Processes]:
    """Real Celery processes on demand; change `environment` before starting one. Rows are really committed."""
    found = Processes({"DATABASE_URL": database_url()})
    yield found
    stop_children(found.running)


@pytest.fixture
def worker(processes: Processes) -> Child:
    """One real Celery worker."""
    return processes.start_worker()


@dataclass
class SmtpSink:
    """A real SMTP server that keeps what it gets, or answers as a test wants."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: Callable[[Envelope], str] = lambda _: "250 taken"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep a message that gets a 250."""
        reply = self.answer(envelope)
        if reply.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=modern)
            self.messages.append(message)
            self.recipients.extend(envelope.rcpt_tos)
        return reply

    @property
    def url(self) -> str:
        """Its address for EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"


def find_free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """A TCP port nobody listens on."""
    return find_free_port()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A listening SMTP server."""
    sink = SmtpSink(find_free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    yield sink
    controller.stop()


@pytest.fixture
def live_site(live_server: LiveServer, settings: Any) -> str:
    """The whole site on a real port; links in mails lead there. Its address, without a slash at the end."""
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        assert not os.environ.get("PAPERBOY_REQUIRE_BROWSER"), f"No browser on PATH: looked for {', '.join(BROWSERS)}."
        pytest.skip(f"No browser on PATH: looked for {', '.join(BROWSERS)}.")
    with sync_playwright() as playwright:
        # Root, and most containers, have no sandbox for it; it only visits our own pages.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser with nothing remembered."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
