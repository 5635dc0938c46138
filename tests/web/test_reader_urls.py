"""A worker's process: it knows readers' pages, and carries neither desk nor programming interface with it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.urls import get_resolver, reverse

from digest.startup import CANNOT_BOOT
from tests.servers import ROOT

WORKER = """
import sys
from digest.celery import check_settings, prepare_process
check_settings()
import digest.tasks, subscriptions.tasks
from subscriptions.links import leave_link, manage_link
prepare_process()
print(leave_link(subscriber_id=7), manage_link(subscriber_id=7, version=1))
print(sorted({"ninja", "pydantic", "digest.urls", "digest.api.urls", "digest.web.overview"} & sys.modules.keys()))
print(sorted(name for name in sys.modules if name.startswith(("digest.", "subscriptions.")) and name.endswith("admin")))
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.once
def test_a_worker_writes_links_without_loading_the_desk() -> None:
    done = run(WORKER)
    links, *loaded = done.stdout.splitlines()
    assert "/leave/7." in links
    assert "/manage/7-1." in links
    assert loaded == ["[]", "[]"], done.stderr


@pytest.mark.once
def test_a_worker_does_not_start_on_wrong_settings() -> None:
    done = run(WORKER, DEBUG="", SECRET_KEY="short")
    assert done.returncode == CANNOT_BOOT
    assert "Wrong settings" in done.stderr
    assert not done.stdout


def test_readers_pages_have_the_same_addresses_with_and_without_the_rest() -> None:
    names = [str(name) for name in get_resolver("digest.reader_urls").reverse_dict if isinstance(name, str)]
    assert {"confirm", "manage", "leave", "digest-copy", "move", "never", "paper", "week"} <= set(names)
    for name in ("manage", "leave", "digest-copy"):
        assert reverse(name, args=["x"]) == reverse(name, args=["x"], urlconf="digest.reader_urls")
