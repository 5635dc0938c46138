"""Faults that a peer plays, switchable while it runs: rules in a control file, read again when it changes.

A rule says at which stage it strikes and what happens then. Standard library only, since the peers
run as processes of their own that nothing of the tested side can take down.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

Action = Literal["reply", "drop", "hang", "garbage", "html", "null"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. Stages of SMTP: connect, auth, mail, rcpt, data, body, taken; of HTTP: request, taken.

    "body" strikes when the message is complete and not kept; "taken" after it was kept and logged.
    """

    at: str
    do: Action = "reply"
    code: int = 451
    text: str = "a fault that the test asked for"
    # Which messages: these recipients only, with this chance, at most so often in all.
    recipients: tuple[str, ...] = ()
    share: float = 1.0
    times: int | None = None
    # Only the first time a recipient comes by: greylisting.
    first: bool = False
    # Only from the n-th message of a connection on (0 based).
    after: int = 0
    # How long to hang before going on as if nothing were.
    seconds: float = 0.0
    # The header of an HTTP answer that asks for patience.
    retry_after: str = ""


def write_faults(path: Path, faults: tuple[Fault, ...]) -> None:
    """Replace a peer's rules; it follows them from the next command on."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(fault) for fault in faults]))
    fresh.replace(path)


@dataclass
class Playbook:
    """The rules in force, as a peer asks for them."""

    path: Path
    chance: random.Random
    rules: list[Fault] = field(default_factory=list)
    uses: Counter[int] = field(default_factory=Counter)
    met: set[tuple[int, str]] = field(default_factory=set)
    stamp: tuple[int, int] = (0, 0)

    def strike(self, at: str, *, recipient: str = "", nth: int = 0) -> Fault | None:
        """The fault to play at this point, if any; it counts as played."""
        self._reread()
        for place, rule in enumerate(self.rules):
            if rule.at == at and self._applies(place, rule, recipient, nth):
                self.uses[place] += 1
                return rule
        return None

    def _applies(self, place: int, rule: Fault, recipient: str, nth: int) -> bool:
        if rule.recipients and recipient not in rule.recipients:
            return False
        if nth < rule.after or (rule.times is not None and self.uses[place] >= rule.times):
            return False
        if rule.first and (place, recipient) in self.met:
            return False
        # Whoever was met once is not greylisted later, whatever chance said the first time.
        self.met.add((place, recipient))
        return self.chance.random() < rule.share

    def _reread(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return
        if (found.st_mtime_ns, found.st_ino) != self.stamp:
            self.stamp = (found.st_mtime_ns, found.st_ino)
            known = {each.name for each in fields(Fault)}
            rows = json.loads(self.path.read_text())
            self.rules = [
                Fault(**{name: _plain(value) for name, value in row.items() if name in known}) for row in rows
            ]
            self.uses.clear()
            self.met.clear()


class Log:
    """What a peer did, one JSON line each; written before the peer answers, so a kill loses nothing."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened since the test began."""
        return os.fstat(self._file).st_size == 0

    def write(self, what: str, **facts: Any) -> None:
        """Add a line: what happened, when, and the facts."""
        line = json.dumps({"what": what, "at": time.time(), **facts}, separators=(",", ":"))
        os.write(self._file, line.encode() + b"\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """Everything a peer logged so far; a line being written at this moment is left for later."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
