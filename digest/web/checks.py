"""System checks of the settings: each names the variable that is wrong and what to put there.

They run before every command, worker, scheduler and web process. Development (DEBUG) needs none
of the values; whatever is given is checked all the same.
"""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.admin.checks import check_admin_app
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.utils.module_loading import import_string

from digest.ranking.rankers import read_pair
from digest.web.values import check_ranges, check_words

NEW_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
REQUIRED = {
    "SECRET_KEY": f"It signs every link; make one with: {NEW_KEY}",
    "SUPPRESSION_KEY": f"It hides the addresses not to write to and must never change; make one with: {NEW_KEY}",
    "SITE_URL": "The address readers reach this site at, such as https://papers.example.org",
    "DEFAULT_FROM_EMAIL": "The sender of every mail, such as: Paperboy <digest@papers.example.org>",
    "POSTAL_ADDRESS": "The sender's postal address, which the law wants in every mail, on one line.",
}
SHORTEST_KEY = 50
FEWEST_LETTERS = 10
PLACEHOLDERS = re.compile(r"change|insecure|secret|example|placeholder|your", re.IGNORECASE)


def read_setting(name: str) -> str:
    """A setting as text; Django refuses to hand out an empty SECRET_KEY."""
    try:
        return str(getattr(settings, name))
    except ImproperlyConfigured:
        return ""


def check_required(**_: Any) -> list[CheckMessage]:
    """Outside development, what has no default must be given."""
    if settings.DEBUG:
        return []
    return [
        Error(f"{name} is not set.", hint=hint, id="paperboy.E001")
        for name, hint in REQUIRED.items()
        if not read_setting(name)
    ]


def check_keys(**_: Any) -> list[CheckMessage]:
    """Outside development, a key that is given must be one that nobody can guess."""
    keys = {name: read_setting(name) for name in ("SECRET_KEY", "SUPPRESSION_KEY")}
    return [
        Error(f"{name} is too easy to guess.", hint=f"Make one with: {NEW_KEY}", id="paperboy.E002")
        for name, key in keys.items()
        if key and not settings.DEBUG and is_weak(key)
    ]


def is_weak(key: str) -> bool:
    """Whether a key is short, monotonous or looks like one from a manual."""
    return len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS or bool(PLACEHOLDERS.match(key))


def check_site_url(**_: Any) -> list[CheckMessage]:
    """Links in mails start with it."""
    url = read_setting("SITE_URL")
    parts = urlsplit(url)
    if not url or (parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment):
        return []
    return [Error(f"SITE_URL is not a web address: {url!r}.", hint=REQUIRED["SITE_URL"], id="paperboy.E003")]


def check_mail(**_: Any) -> list[CheckMessage]:
    """The mail backend must exist and have what it needs, and somebody must guard its webhooks."""
    if not settings.EMAIL_PROVIDER:
        return [] if settings.DEBUG else check_mail_leaves()
    errors: list[CheckMessage] = []
    if problem := find_provider_problem():
        errors.append(Error(problem, hint="See the mail part of .env.example.", id="paperboy.E004"))
    if not settings.ANYMAIL_WEBHOOK_SECRET:
        hint = "Two random words joined by a colon; the provider's webhook address carries them."
        # A try-out may send without hearing back: without the secret no event is accepted.
        severity = checks.Warning if settings.DEBUG else Error
        errors.append(severity("ANYMAIL_WEBHOOK_SECRET is not set.", hint=hint, id="paperboy.E005"))
    return errors


def check_mail_leaves() -> list[CheckMessage]:
    """Warn where mail is only written to files."""
    if settings.EMAIL_BACKEND != "digest.delivery.mailbox.MailboxBackend":
        return []
    hint = "Set EMAIL_PROVIDER, or EMAIL_URL for an SMTP server."
    return [checks.Warning("No mail leaves this machine.", hint=hint, id="paperboy.W001")]


def find_provider_problem() -> str:
    """What keeps the provider's backend or its webhook from being made, or an empty text."""
    try:
        import_string(settings.EMAIL_BACKEND)
        get_connection()
        _make_webhook()
    except ImproperlyConfigured as error:
        return f"EMAIL_PROVIDER={settings.EMAIL_PROVIDER}{_explain(str(error))}"
    except ImportError:
        return f"EMAIL_PROVIDER={settings.EMAIL_PROVIDER} is not a provider Anymail knows."
    return ""


def _make_webhook() -> None:
    """As the first event would: what it misses must not be found out by then."""
    if settings.ANYMAIL_WEBHOOK_SECRET and (
        view := import_string("digest.delivery.webhooks.VIEWS").get(settings.EMAIL_PROVIDER)
    ):
        view()


def _explain(error: str) -> str:
    """Anymail's words in ours: a variable that is missing, or a package."""
    if package := re.search(r"The (\S+) package", error):
        return f" needs a package: pip install -c constraints.txt {package[1]}"
    missing = re.search(r"\bANYMAIL_([A-Z_]+)", error)
    return f": {missing[1]} is not set." if missing else f": {error}"


def check_data_dir(**_: Any) -> list[CheckMessage]:
    """Logs, caught mail and the default database live there."""
    folder = Path(settings.VAR_DIR)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return []
    hint = "Make it writable for this user, or set VAR_DIR to another folder."
    return [Error(f"{folder} cannot be written to.", hint=hint, id="paperboy.E006")]


def check_choices(**_: Any) -> list[CheckMessage]:
    """Settings that are one of a few words."""
    errors: list[CheckMessage] = []
    if settings.STAFF_TOTP not in {"optional", "required"}:
        errors.append(Error("STAFF_TOTP is neither “optional” nor “required”.", id="paperboy.E007"))
    try:
        read_pair(settings.RANKER_TRIAL)
    except ValueError as error:
        errors.append(Error(f"RANKER_TRIAL={settings.RANKER_TRIAL}: {error}.", id="paperboy.E010"))
    return errors


def check_desk(**_: Any) -> list[CheckMessage]:
    """The desk comes with its addresses, which Django's own look at it may not have loaded yet."""
    import_module(settings.ROOT_URLCONF)
    return list(check_admin_app(None))


CHECKS = (
    check_choices,
    check_required,
    check_keys,
    check_site_url,
    check_mail,
    check_data_dir,
    check_ranges,
    check_words,
    check_desk,
)
