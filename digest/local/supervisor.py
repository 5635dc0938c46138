"""Runs the whole of Paperboy on one machine: broker, worker, scheduler and web as children of one process.

For development and a first look; production runs the same parts under its own process manager.
"""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.core.management import call_command

from digest.celery import app
from digest.env import broker_socket, env
from digest.local.broker import start_broker
from digest.local.children import Child, LocalError, start_child, stop_children
from digest.local.demo import CURATOR, ensure_curator, ensure_reader
from digest.papers.samples import load_samples

WEB_SECONDS = 60.0


def check_port(host: str, port: int) -> None:
    """Raise LocalError unless a server can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        why = "is taken" if getattr(error, "errno", None) == errno.EADDRINUSE else f"cannot be used ({error})"
        raise LocalError(
            f"HOST={host} PORT={port} {why}. Choose another, for example: make run PORT={port + 1}"
        ) from error


@dataclass
class Supervisor:
    """One run, from the first child to the last."""

    host: str
    port: int
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    # make, if make started us: when it is killed, nobody else would end what runs here.
    make: int = field(default_factory=lambda: os.getppid() if "MAKELEVEL" in os.environ else 0)

    @property
    def log_dir(self) -> Path:
        """Where each child writes."""
        return Path(settings.VAR_DIR) / "logs"

    @property
    def site(self) -> str:
        """The site's address, without a slash at its end."""
        if (self.host, self.port) == (settings.HOST, settings.PORT):
            return str(settings.SITE_URL)
        return f"http://{bracketed(self.host)}:{self.port}"

    def run(self, *, now: datetime) -> None:
        """Start everything, wait for Ctrl-C or TERM, stop everything. Raises LocalError where a part fails."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        try:
            self.prepare(now)
            self.start_parts()
            self.wait_for_web()
            self.welcome()
            while True:
                self.watch()
        except KeyboardInterrupt:
            self.say("Stopping ...")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            # The broker, first in the list, goes last: the others say goodbye to it.
            stop_children(reversed(self.children[1:]))
            stop_children(self.children[:1])

    def prepare(self, now: datetime) -> None:
        """Broker, tables, sample papers, log-in and first reader."""
        if not env.str("REDIS_URL", default=""):
            data = Path(settings.VAR_DIR) / "valkey"
            self.children.append(start_broker(socket=broker_socket(), data=data, log_dir=self.log_dir))
        self.say("Preparing the database ...")
        call_command("migrate", verbosity=0)
        load_samples(today=now.date(), now=now)
        if catches_mail():
            ensure_reader(now=now)

    def start_parts(self) -> None:
        """Worker, scheduler and web; the first tick waits in the queue for the worker."""
        self.say("Starting worker, scheduler and web ...")
        app.send_task("digest.tasks.tick")
        celery = [sys.executable, "-m", "celery", "-A", "digest"]
        self.start("worker", [*celery, "worker", "--loglevel", "INFO"])
        self.start("beat", [*celery, "beat", "--loglevel", "INFO"])
        address = f"{bracketed(self.host)}:{self.port}"
        ipv6 = ["--ipv6"] if ":" in self.host else []
        self.start("web", [sys.executable, "manage.py", "runserver", address, *ipv6, "--noreload", "--skip-checks"])

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start one part, told the same address as we were."""
        address = {"HOST": self.host, "PORT": str(self.port)}
        self.children.append(start_child(name, command, log_dir=self.log_dir, environment=address))

    def watch(self) -> None:
        """Let a moment pass. Raises LocalError when a part has ended."""
        time.sleep(0.2)
        if self.make and os.getppid() != self.make:
            interrupt()
        for child in self.children:
            if child.has_ended:
                raise LocalError(
                    f"The {child.name} ended with status {child.process.returncode}. "
                    f"The end of {child.log}:\n{child.read_tail()}"
                )

    def wait_for_web(self) -> None:
        """Return when the site answers. Raises LocalError when it does not."""
        deadline = time.monotonic() + WEB_SECONDS
        while not answers(self.host, self.port):
            if time.monotonic() > deadline:
                raise LocalError(f"The site does not answer. Look into {self.log_dir / 'web.log'}.")
            self.watch()

    def welcome(self) -> None:
        """Say where everything is."""
        password = ensure_curator(password_file=Path(settings.VAR_DIR) / "curator-password")
        mail = f"{self.site}/mailbox/   every mail it sends lands here" if catches_mail() else "goes out for real"
        lines = [
            "",
            f"  Paperboy is running at {self.site}/",
            "",
            f"  Mailbox   {mail}",
            f"  Desk      {self.site}/admin/     log in as {CURATOR} / {password}",
            f"  Logs      {self.log_dir}",
            "",
            "  Ctrl-C stops everything.",
            "",
        ]
        self.say("\n".join(lines))


def interrupt(*_: object) -> NoReturn:
    """Turn any wish to end into the one that Python knows."""
    raise KeyboardInterrupt


def catches_mail() -> bool:
    """Whether mail stays in the development mailbox."""
    return bool(settings.EMAIL_BACKEND == "digest.delivery.mailbox.MailboxBackend")


def bracketed(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def answers(host: str, port: int) -> bool:
    """Whether the site's front page comes without a server error."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked for by the person
    connection = http.client.HTTPConnection(near, port, timeout=10)
    with suppress(OSError):
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    return False
