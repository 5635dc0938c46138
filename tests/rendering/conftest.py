"""Golden files: what the sample letters looked like when somebody last looked at them.

Renew them with `UPDATE_GOLDEN=1 pytest tests/rendering`, then read the diff before committing it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


@pytest.fixture
def check_golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name, or write the file when asked to."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"tests/golden/{name} is missing; write it with UPDATE_GOLDEN=1"
        assert text == path.read_text(encoding="utf-8"), f"{name} changed; see tests/rendering/conftest.py"

    return check
