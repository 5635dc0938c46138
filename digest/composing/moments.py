"""Reads a moment given on a command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime


def parse_moment(text: str) -> datetime:
    """An ISO moment; one without a zone counts as UTC. Raises argparse's error with a hint."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a moment. Write it like 2026-08-03T08:00+02:00 (without a zone it counts as UTC)."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
