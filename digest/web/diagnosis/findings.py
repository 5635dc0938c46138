"""The shape of what the doctor says: a level, what was looked at, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `advice` is empty where all is well."""

    level: Level
    about: str
    words: str
    advice: str = ""


def ok(about: str, words: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, about, words)


def warn(about: str, words: str, advice: str) -> Finding:
    """It works, and could be better."""
    return Finding(Level.WARN, about, words, advice)


def fail(about: str, words: str, advice: str) -> Finding:
    """Something will not work."""
    return Finding(Level.FAIL, about, words, advice)
