"""Peers for the tests of delivery: a mail server and a provider, each a process with switchable faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.peer import Peer, start_peer


@pytest.fixture(scope="session")
def smtp_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """One mail server for all tests."""
    with start_peer("smtp", tmp_path_factory.mktemp("smtp")) as peer:
        yield peer


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """One provider for all tests."""
    with start_peer("provider", tmp_path_factory.mktemp("provider")) as peer:
        yield peer


@pytest.fixture
def smtp(settings: Any, smtp_process: Peer) -> Peer:
    """A mail server that takes everything until told otherwise; the settings point to it."""
    smtp_process.forget()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_process.port
    settings.EMAIL_TIMEOUT = 5
    return smtp_process


@pytest.fixture
def provider(settings: Any, provider_process: Peer) -> Peer:
    """A provider behind its HTTP API, played as Postmark; `use_provider` chooses another."""
    provider_process.forget()
    use_provider(settings, "postmark", provider_process.port)
    return provider_process


def use_provider(settings: Any, name: str, port: int) -> None:
    """Send by this provider's API on a local port."""
    settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
    prefix = name.upper()
    settings.ANYMAIL = {
        "REQUESTS_TIMEOUT": 2,
        f"{prefix}_API_URL": f"http://127.0.0.1:{port}/api/",
        f"{prefix}_API_KEY": "key",
        f"{prefix}_SERVER_TOKEN": "key",
    }
