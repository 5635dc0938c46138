"""The examples in the documents work: providers' lines, services, addresses of the API, commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.mail import get_connection
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from digest.api.urls import api
from digest.delivery.webhooks import VIEWS
from digest.env import ROOT, mail
from digest.web.checks import find_provider_problem

OPERATING = (ROOT / "digest" / "OPERATING.md").read_text()
README = (ROOT / "README.md").read_text()
PROVIDERS = re.findall(
    r"^\| [\w ()]+ \| (`EMAIL_PROVIDER=.+) \| `(/webhooks/\w+/tracking/)` \|$", OPERATING, re.MULTILINE
)


def test_every_provider_we_listen_to_is_described() -> None:
    assert {path.split("/")[2] for _, path in PROVIDERS} == set(VIEWS)


@pytest.mark.filterwarnings("ignore:django-anymail has dropped")
@pytest.mark.parametrize(("lines", "path"), PROVIDERS, ids=[path.split("/")[2] for _, path in PROVIDERS])
def test_a_providers_lines_make_its_backend(
    lines: str, path: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for line in re.findall(r"`([A-Z_]+=[^`]+)`", lines):
        monkeypatch.setenv(*line.split("=", 1))
    for name, value in mail().items():
        setattr(settings, name, value)
    provider = path.split("/")[2]
    settings.EMAIL_PROVIDER, settings.ANYMAIL_WEBHOOK_SECRET = provider, "name:password"
    assert resolve(path).url_name == "webhook"
    extra = re.search(r"`(pip install -c constraints.txt (\w+))`", lines)
    # What is not installed here must be asked for in the document's own words.
    if extra and not find_spec(extra[2]):
        assert find_provider_problem() == f"EMAIL_PROVIDER={provider} needs a package: {extra[1]}"
    else:
        assert find_provider_problem() == ""
    if provider == "amazon_ses":
        assert settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"] == {"region_name": "eu-west-1"}
    else:
        assert provider in type(get_connection()).__module__ or provider == "resend"


def test_the_services_commands_start() -> None:
    commands = re.findall(r"^ExecStart=/srv/paperboy/\.venv/bin/(.+)$", README, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        name, *arguments = shlex.split(command)
        asked = ["--check-config", *arguments] if name == "gunicorn" else [*arguments, "--help"]
        done = subprocess.run([sys.executable, "-m", name, *asked], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_apis_addresses_are_in_its_document() -> None:
    known = [re.sub(r"\{\w+\}", "[^/]+", path) for path in api.get_openapi_schema()["paths"]]
    addresses = [urlsplit(url).path for url in re.findall(r"https://papers\.example\.org(?:/api/v1/\S+)", OPERATING)]
    assert len(addresses) == 4
    assert [path for path in addresses if not any(re.fullmatch(shape, path) for shape in known)] == []


@pytest.mark.parametrize("text", [OPERATING, README], ids=["operating", "readme"])
def test_every_option_of_a_command_exists(text: str) -> None:
    for name, rest in re.findall(r"manage\.py (\w+)([^`\n|]*)", text):
        app = get_commands()[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        known = {
            option for action in command.create_parser("manage.py", name)._actions for option in action.option_strings
        }
        assert set(re.findall(r"(--[a-z-]+)", rest)) <= known, name


def test_the_recipe_signs_both_unsubscribe_headers() -> None:
    [line] = re.findall(r"^SignHeaders +(.+)$", OPERATING, re.MULTILINE)
    assert {"+List-Unsubscribe", "+List-Unsubscribe-Post"} <= set(line.split(","))


@pytest.mark.parametrize("text", [OPERATING, README], ids=["operating", "readme"])
def test_no_setting_of_an_example_has_a_comment_behind_it(text: str) -> None:
    lines = re.findall(r"^[A-Z_]+=.*$", text, re.MULTILINE)
    assert lines
    assert [line for line in lines if " #" in line] == []


def test_the_first_settings_are_read_as_they_stand(tmp_path: Path) -> None:
    [lines] = re.findall(r"<<'END'\n(.+?)END\n", OPERATING, re.DOTALL)
    (tmp_path / "env").write_text(f"SECRET_KEY={'Ab3-' * 15}efghij\nSUPPRESSION_KEY={'Cd4_' * 15}klmnop\n{lines}")
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / "env"), "VAR_DIR": str(tmp_path)}
    look = "from django.conf import settings as s; print(s.DATABASES['default']['NAME'], s.EMAIL_HOST, s.MAIL_DOMAIN)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", look],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["paperboy", "smtp.example.org", "papers.example.org"], done.stderr
