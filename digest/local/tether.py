"""Runs one command for as long as the process that started it lives. Standard library only.

Standard input is a pipe whose other end only the parent holds. However the parent ends, SIGKILL
included, the pipe closes, and the whole process group (a worker's pool children too) goes with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def end_with_parent() -> None:
    """Wait for the parent's end of the pipe to close, then end the group, this process included."""
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run a command as this group's child, hand TERM on to it, and return its exit status."""
    # A TERM that comes while the command is being started must not end this process alone.
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the supervisor's own commands
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    if asked:
        child.terminate()
    threading.Thread(target=end_with_parent, daemon=True).start()
    status = child.wait()
    # Pool children of a command that died hear TERM here; for this process it now means nothing.
    os.killpg(0, signal.SIGTERM)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
