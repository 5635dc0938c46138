"""What the documents promise exists: commands, files, variables."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.servers import known_variables

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    path
    for path in (*ROOT.glob("*.md"), ROOT / "digest" / "README.md", ROOT / "digest" / "OPERATING.md")
    if path.exists()
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (*DOCUMENTS, ROOT / ".env.example")}
# Examples of what a provider needs; their names are Anymail's.
PROVIDERS_OWN = {"POSTMARK_SERVER_TOKEN"}
in_each_document = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def variables_read() -> set[str]:
    """What the settings and the Makefile take from the environment."""
    code = "\n".join((ROOT / "digest" / name).read_text() for name in ("env.py", "settings.py", "serving.py"))
    pattern = r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"|environ(?:\.get)?[(\[]\s*"([A-Z_]+)"'
    found = {name for pair in re.findall(pattern, code) for name in pair if name}
    found |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    return found | set(re.findall(r"^([A-Z_]+) \?=", (ROOT / "Makefile").read_text(), re.MULTILINE))


def make_targets() -> set[str]:
    """What `make` can be asked for."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def in_code(text: str) -> str:
    """The code of a Markdown text: what stands between backticks, and fenced blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_every_variable_is_listed() -> None:
    assert variables_read() - set(known_variables()) == set()


def test_every_listed_variable_is_read() -> None:
    assert set(known_variables()) - variables_read() == PROVIDERS_OWN


def test_every_variable_has_a_comment_above() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = pairwise(lines)
    bare = [line for above, line in pairs if re.match(r"# [A-Z_]+=", line) and not above.startswith("# ")]
    assert bare == []


@in_each_document
def test_every_make_target_named_exists(text: str) -> None:
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", in_code(text))) - make_targets() == set()


@in_each_document
def test_every_command_named_exists(text: str) -> None:
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) - set(get_commands()) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_linked_file_exists(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_target_says_what_it_is_for() -> None:
    listed = re.findall(r"^([a-z][a-z-]*):.*## \w", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(listed) == make_targets()


def test_every_requirement_is_in_the_constraints() -> None:
    locked = set((ROOT / "constraints.txt").read_text().lower().splitlines())
    lines = [line for name in ("", "-dev") for line in (ROOT / f"requirements{name}.txt").read_text().splitlines()]
    pins = {re.sub(r"\[.*\]", "", line).lower() for line in lines if "==" in line}
    assert pins - locked == set()
