"""A claim's own notes on the local disk: what was offered and what came of it, one line each.

The database learns of outcomes a claim at a time. When a worker is killed in between, these notes
tell the sweeper which digests of the claim certainly never left, which are settled, and which one
was in the peer's hands. Without notes, or after the machine itself went down, all count as unknown.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from django.conf import settings

from digest.composing.models import Digest
from digest.delivery.transport.outcome import ACCEPTED, Outcome

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SEEN = ".seen"
LOST = Outcome(Digest.State.UNKNOWN, "The worker that was sending it died; it may or may not have gone.")


class Journal:
    """The notes of one claim. Open and locked while its worker lives."""

    def __init__(self, claim: str) -> None:
        self.claim = claim
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / claim
        self._file = _open_locked(self._path)
        # What is noted but not written yet: at most one answer a lane, until that lane's next start.
        self._waiting: deque[bytes] = deque()
        self._write(_line(["boot", _boot_id()]))

    def note_start(self, digest_id: int) -> None:
        """Before the first byte of a digest leaves. Raises `OSError` when the disk is full: then do not send."""
        self._write(b'["start",%d]\n' % digest_id)

    def note_outcome(self, digest_id: int, outcome: Outcome) -> None:
        """What the peer answered; written with the next start, or by `flush`."""
        if outcome is ACCEPTED:
            self._waiting.append(b'["sent",%d]\n' % digest_id)
            return
        wait = outcome.retry_after.total_seconds() if outcome.retry_after else None
        self._waiting.append(_line(["done", digest_id, outcome.state, outcome.detail, outcome.provider_id, wait]))

    def flush(self) -> None:
        """Write what is noted. Where that is not possible any more, these digests stay unknown."""
        with contextlib.suppress(OSError):
            self._write(b"")

    def discard(self) -> None:
        """Throw the notes away, once the database knows everything."""
        self._path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        noted = []
        try:  # until there are no more, whichever lane's thread takes them
            while self._waiting:
                noted.append(self._waiting.popleft())
        except IndexError:
            pass
        line = b"".join([*noted, line])
        if line and os.write(self._file, line) != len(line):
            raise OSError("The journal's disk is full.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class DeadClaim:
    """What a dead worker's notes tell. `trusted`: a digest without a note certainly never left."""

    claim: str
    path: Path
    trusted: bool
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def set_aside(self, *, settled: bool) -> None:
        """Throw the notes away once they settled something, or found nothing to settle twice.

        A database may still commit a claim whose worker is dead already; it is found the second time.
        """
        if settled or self.path.suffix == SEEN:
            self.path.unlink(missing_ok=True)
        else:
            self.path.rename(self.path.with_suffix(SEEN))


def _open_locked(path: Path) -> int:
    """Make and lock the file; once more if a sweeper took the one that was not locked yet for a dead one."""
    while True:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            return file
        os.close(file)


def find_dead_claims() -> Iterator[DeadClaim]:
    """The notes on this machine whose worker is gone. A live worker holds a lock on its own."""
    for path in sorted(_folder().glob("*")):
        with contextlib.suppress(FileNotFoundError), path.open(errors="replace") as notes:
            try:
                fcntl.flock(notes, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield _read(path, notes.read())


def _read(path: Path, text: str) -> DeadClaim:
    lines = [_parse(line) for line in text.split("\n")]
    outcomes: dict[int, Outcome] = {}
    for line in lines:
        match line:
            case ["start", int(digest_id)]:
                outcomes[digest_id] = LOST
            case ["sent", int(digest_id)]:
                outcomes[digest_id] = ACCEPTED
            case ["done", int(digest_id), str(state), str(detail), str(provider_id), wait]:
                retry_after = timedelta(seconds=wait) if isinstance(wait, float) else None
                outcomes[digest_id] = Outcome(Digest.State(state), detail, provider_id, retry_after)
    # The page cache survives the death of a process, not that of the machine.
    trusted = bool(_boot_id()) and lines[0] == ["boot", _boot_id()]
    return DeadClaim(path.stem, path, trusted, outcomes)


def _line(values: list[object]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _parse(line: str) -> list[object]:
    try:
        value = json.loads(line)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "journal"


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
