"""Wrong settings are refused by name, before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from digest.composing.models import Edition
from digest.env import ROOT
from digest.web.values import KINDS, MANY, RANGES, check_ranges, check_words

EVERYTHING = dict(
    line.split("=", 1)
    for line in (ROOT / "tests" / "production.env").read_text().splitlines()
    if not line.startswith("#")
)
MANAGE = ("manage.py", "check")
PROCESSES = [MANAGE, ("-m", "celery", "-A", "digest", "worker"), ("-m", "celery", "-A", "digest", "beat")]


def start(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a process with these variables and no others."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "VAR_DIR": str(folder / "var"), **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", [*PROCESSES, ("-m", "gunicorn", "-b", "unix:w", "digest.wsgi")], ids=" ".join)
def test_nothing_starts_without_its_secrets(tmp_path: Path, command: tuple[str, ...]) -> None:
    command = tuple(word.replace("unix:w", f"unix:{tmp_path}/w") for word in command)
    done = start(tmp_path, *command)
    assert done.returncode != 0
    for name in ("SECRET_KEY", "SUPPRESSION_KEY", "SITE_URL", "DEFAULT_FROM_EMAIL", "POSTAL_ADDRESS"):
        assert f"{name} is not set." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_whole_setting_passes_the_deployment_checks(tmp_path: Path) -> None:
    done = start(tmp_path, *MANAGE, "--deploy", "--fail-level", "WARNING", **EVERYTHING)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("PORT", "eighty", "PORT cannot be used: it must be a whole number"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL must look like postgresql://"),
        ("DATABASE_URL", "postgres://u:secret@h:port/n", "DATABASE_URL must look like postgresql://"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must look like redis://"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL must look like smtp"),
        ("SITE_URL", "papers.example.org", "SITE_URL is not a web address"),
        ("SECRET_KEY", "change-me-" * 6, "SECRET_KEY is too easy to guess"),
        ("SUPPRESSION_KEY", "short", "SUPPRESSION_KEY is too easy to guess"),
        ("EMAIL_PROVIDER", "pigeon", "EMAIL_PROVIDER=pigeon is not a provider"),
        ("EMAIL_PROVIDER", "postmark", "POSTMARK_SERVER_TOKEN is not set"),
        ("EMAIL_PROVIDER", "postmark", "ANYMAIL_WEBHOOK_SECRET is not set"),
        ("EMAIL_PROVIDER", "amazon_ses", "EMAIL_PROVIDER=amazon_ses needs a package: pip install"),
        ("VAR_DIR", "/dev/null/var", "/dev/null/var cannot be written to"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of"),
        ("DOMAIN_RATES", "gmail.com", "DOMAIN_RATES cannot be used: it must be name=value"),
        ("KEEP_DIGESTS_DAYS", "0", "KEEP_DIGESTS_DAYS=0 cannot be."),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, variable: str, text: str, says: str) -> None:
    done = start(tmp_path, *MANAGE, **EVERYTHING | {variable: text})
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret@" not in done.stderr


def test_mail_that_goes_nowhere_is_only_a_warning(tmp_path: Path) -> None:
    done = start(tmp_path, *MANAGE, **{name: text for name, text in EVERYTHING.items() if name != "EMAIL_URL"})
    assert done.returncode == 0
    assert "No mail leaves this machine." in done.stderr


def test_a_provider_with_all_it_needs_passes(tmp_path: Path) -> None:
    provider = {"EMAIL_PROVIDER": "postmark", "POSTMARK_SERVER_TOKEN": "t", "ANYMAIL_WEBHOOK_SECRET": "a:b"}
    done = start(tmp_path, *MANAGE, **EVERYTHING, **provider)
    assert done.returncode == 0, done.stderr


def test_development_needs_nothing(tmp_path: Path) -> None:
    done = start(tmp_path, *MANAGE, DEBUG="1")
    assert done.returncode == 0, done.stderr


def test_an_empty_database_url_means_sqlite(tmp_path: Path) -> None:
    done = start(tmp_path, *MANAGE, **EVERYTHING, DATABASE_URL="")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", RANGES)
def test_a_number_out_of_its_bounds_is_named(settings: Any, name: str) -> None:
    assert check_ranges() == []
    least, most = RANGES[name]
    for value in (least - 1, *([most + 1] if most < MANY else [])):
        setattr(settings, name, value)
        [error] = check_ranges()
        assert error.msg.startswith(f"{name.removeprefix('CELERY_')}={value:g} ")
        assert error.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAFT_KINDS", ["fortnight"]),
        ("WITHOUT_APPROVAL", {"year": "send"}),
        ("WITHOUT_APPROVAL", {"week": "wait"}),
        ("DOMAIN_RATES", {"gmail.com": -1.0}),
        ("DEFAULT_FROM_EMAIL", "Paperboy"),
        ("ANYMAIL_WEBHOOK_SECRET", "user:good,bad"),
        ("SOURCE_HOLIDAYS", ["Christmas"]),
        ("SEARCH_ENGINE", "digest.nowhere.Engine"),
    ],
)
def test_a_word_that_means_nothing_is_named(settings: Any, name: str, value: Any) -> None:
    assert check_words() == []
    assert list(KINDS) == Edition.Kind.values
    setattr(settings, name, value)
    [error] = check_words()
    assert error.msg.startswith(name)
