"""System checks of what settings may say: numbers within bounds, words out of a list. Each names its variable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

# Written out, since checks are made known before there are models.
KINDS = ("day", "week", "month")
WAYS = ("send", "hold", "skip")
MANY = 10**9
# The least and the most that makes sense.
RANGES: dict[str, tuple[float, float]] = {
    # Shorter than the two minutes for which a digest is claimed.
    "EMAIL_TIMEOUT": (1, 90),
    "RETRY_SECONDS": (1, 86_400),
    # `/readyz` calls a site stuck that did not look for five minutes.
    "SWEEP_SECONDS": (1, 240),
    "SEND_LANES": (1, 100),
    "SEND_RATE": (0, MANY),
    "CANARY_FROM": (1, MANY),
    "CANARY_SHARE": (0, MANY),
    "CANARY_MINUTES": (0, 10_080),
    "COMPLAINT_STOP": (0.0001, 1),
    "COMPLAINT_WARN": (0.0001, 1),
    "BOUNCE_STOP": (0.0001, 1),
    "CELERY_WORKER_CONCURRENCY": (1, 256),
    "DIGEST_SIZE": (1, 50),
    # They tell what a reader has had: without them papers would come twice.
    "KEEP_DIGESTS_DAYS": (60, MANY),
    # Complaints and bounces of a week hold an edition back.
    "KEEP_EVENTS_DAYS": (8, MANY),
    "KEEP_HISTORY_DAYS": (60, MANY),
    "API_RATE": (0, MANY),
    "API_RATE_ANONYMOUS": (0, MANY),
    "SOURCE_HOLD_HOURS": (0, 168),
    "PORT": (0, 65_535),
    "PROXY_COUNT": (0, 10),
    "SIGNUPS_PER_HOUR": (1, MANY),
    "SECURE_HSTS_SECONDS": (0, MANY),
}


def check_ranges(**_: Any) -> list[CheckMessage]:
    """Numbers that would stop the flow, or let it run wild."""
    return [
        Error(f"{name.removeprefix('CELERY_')}={value:g} cannot be.", hint=_bounds(least, most), id="paperboy.E011")
        for name, (least, most) in RANGES.items()
        if not least <= (value := getattr(settings, name)) <= most
    ]


def check_words(**_: Any) -> list[CheckMessage]:
    """Settings that are out of a list, days, addresses, or names of code."""
    return [Error(problem, id="paperboy.E012") for problem in _find_odd_words()]


def _bounds(least: float, most: float) -> str:
    return f"At least {least:g}." if most == MANY else f"From {least:g} to {most:g}."


def _find_odd_words() -> Iterator[str]:
    ways = settings.WITHOUT_APPROVAL
    lists = {"DRAFT_KINDS": (settings.DRAFT_KINDS, KINDS), "WITHOUT_APPROVAL": (ways, KINDS)}
    for name, (said, known) in [*lists.items(), ("WITHOUT_APPROVAL", (ways.values(), WAYS))]:
        if odd := set(said) - set(known):
            yield f"{name}: {odd.pop()} is none of {', '.join(known)}."
    for name, rate in settings.DOMAIN_RATES.items():
        if rate < 0 or "." not in name:
            yield f"DOMAIN_RATES: {name}={rate:g} is no domain with a number of mails a second."
    sender = settings.DEFAULT_FROM_EMAIL
    if sender and not all(parseaddr(sender)[1].partition("@")):
        yield f"DEFAULT_FROM_EMAIL={sender} holds no address, such as: Paperboy <digest@papers.example.org>."
    secret = settings.ANYMAIL_WEBHOOK_SECRET
    if secret and not all(all(part.partition(":")) for part in secret.split(",")):
        yield "ANYMAIL_WEBHOOK_SECRET must be name:password."
    yield from _find_odd_names()


def _find_odd_names() -> Iterator[str]:
    for day in settings.SOURCE_HOLIDAYS:
        try:
            date.fromisoformat(day)
        except ValueError:
            yield f"SOURCE_HOLIDAYS: {day} is no day like 2026-12-23."
    try:
        import_string(settings.SEARCH_ENGINE)
    except ImportError:
        yield f"SEARCH_ENGINE={settings.SEARCH_ENGINE} is no class that can be found."
