"""What the deployment files name exists, and what they promise holds."""

from __future__ import annotations

import os
import re
import shlex
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from celery import Celery

from digest import serving
from digest.celery import app
from digest.env import celery_broker_url
from tests.servers import known_variables

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "paperboy:latest"}


def test_there_is_everything_a_site_needs() -> None:
    assert set(COMPOSE["services"]) == {"migrate", "web", "worker", "beat", "database", "broker"}
    assert set(OURS) == {"migrate", "web", "worker", "beat"}
    assert "--appendonly" in COMPOSE["services"]["broker"]["command"]
    assert "noeviction" in COMPOSE["services"]["broker"]["command"]


def test_every_volume_is_declared_and_what_must_last_has_one() -> None:
    used = {volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
    for name in ("database", "broker", "worker"):
        assert COMPOSE["services"][name]["volumes"]


def test_nothing_starts_before_the_migrations_and_the_servers() -> None:
    for name in ("web", "worker", "beat"):
        waits = {other: how["condition"] for other, how in OURS[name]["depends_on"].items()}
        assert waits["migrate"] == "service_completed_successfully"
        assert set(waits) <= set(COMPOSE["services"])
        assert all("healthcheck" in COMPOSE["services"][other] for other in ("database", "broker"))


def test_every_variable_it_sets_is_one_of_ours() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= set(known_variables())
    assert "POSTGRES_PASSWORD" in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", ["migrate", "worker", "beat"])
def test_every_command_starts(name: str) -> None:
    command = OURS[name]["command"]
    program = {"python": [sys.executable], "celery": [sys.executable, "-m", "celery"]}[command[0]]
    done = subprocess.run([*program, *command[1:], "--help"], cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        assert all((ROOT / source).exists() for source in shlex.split(sources))
    assert re.search(r"^USER paperboy$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in kept)


def test_the_web_server_reads_its_settings_and_finds_the_site() -> None:
    command = re.search(r'^CMD \["gunicorn", (.+)\]$', DOCKERFILE, re.MULTILINE)
    assert command
    arguments = shlex.split(command[1].replace(",", " "))
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_beat_schedules_only_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_the_longest_search_fits_into_a_request_line() -> None:
    address = "/api/v1/search?q=" + quote("\N{GOTHIC LETTER HWAIR}" * 500)
    assert len(f"GET {address} HTTP/1.1\r\n") < serving.limit_request_line


def test_the_images_extra_packages_come_from_the_environment() -> None:
    assert OURS["web"]["build"]["args"] == {"EXTRA_PACKAGES": "${EXTRA_PACKAGES:-}"}
    assert re.search(r"^RUN pip install .* -c /tmp/constraints.txt \$EXTRA_PACKAGES$", DOCKERFILE, re.MULTILINE)


def test_an_audit_that_could_not_ask_does_not_pass() -> None:
    [line] = re.findall(r"^\t.*pip_audit (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "--strict" in line


@pytest.mark.parametrize("query", ["", "?ssl_ca_certs=/etc/ssl/ca.pem"])
def test_an_encrypted_broker_must_show_a_certificate(query: str) -> None:
    url = celery_broker_url(f"rediss://:password@broker.example.org:6380/0{query}")
    assert dict(Celery(broker=url, set_as_current=False).connection().ssl)["ssl_cert_reqs"] == ssl.CERT_REQUIRED  # type: ignore[arg-type]


def test_a_process_that_only_gives_hints_knows_the_broker() -> None:
    code = "import django; django.setup(); from digest.tasks import look_ahead; print(look_ahead.app.main)"
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "digest.settings"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=settings)
    assert told.stdout.strip() == "paperboy"
