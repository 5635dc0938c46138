"""Settings as the system checks see them, and the machine: disk, files, time zones, clock."""

from __future__ import annotations

import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.core import checks
from django.db import DatabaseError, connection

from digest.web.diagnosis.findings import Finding, fail, ok, warn

GIGABYTE = 10**9
LITTLE_SPACE, NO_SPACE = 2 * GIGABYTE, GIGABYTE // 4
# Seconds between this machine's clock and the others'.
ODD_CLOCK, WRONG_CLOCK = 2.0, 60.0
FEWEST_ZONES = 300


def check_settings() -> Iterator[Finding]:
    """Everything that Django's and our own checks find, and whether this is a development setting."""
    found = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    serious = [message for message in found if message.level >= checks.WARNING and not message.is_silenced()]
    for message in serious:
        make = fail if message.level >= checks.ERROR else warn
        yield make("settings", str(message.msg), str(message.hint or f"See {message.id} in Django's documentation."))
    if settings.DEBUG:
        yield warn("settings", "DEBUG is on.", "For a real site leave DEBUG out of the environment and .env.")
    elif not serious:
        yield ok("settings", "Every setting that is needed is given and makes sense.")
    if settings.SECRET_KEY_FALLBACKS:
        count = len(settings.SECRET_KEY_FALLBACKS)
        advice = "Take old keys out of SECRET_KEY_FALLBACKS once mailed links of their time may die (60 days)."
        yield warn("keys", f"{count} old SECRET_KEY is still honoured.", advice)


def check_disk() -> Iterator[Finding]:
    """Room for logs, journals and the SQLite file; nobody else may read them."""
    folder = Path(settings.VAR_DIR)
    try:
        free = shutil.disk_usage(folder).free
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError as error:
        yield fail("disk", f"{folder}: {error.strerror}.", "Make the folder, or set VAR_DIR to one that exists.")
        return
    words = f"{free / GIGABYTE:.1f} GB free in {folder}."
    advice = "Free some, or move VAR_DIR: without room digests stay unsent, since hand-overs are noted there first."
    if free < NO_SPACE:
        yield fail("disk", words, advice)
    else:
        yield warn("disk", words, advice) if free < LITTLE_SPACE else ok("disk", words)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warn("disk", f"Other accounts can look into {folder}.", f"chmod 700 {folder}")


def check_files() -> Iterator[Finding]:
    """Static files for the web process, and the zones that readers live in."""
    if not settings.DEBUG:
        made = any(Path(settings.STATIC_ROOT).glob("*.css"))
        missing = fail("static files", "There are none.", "Run: manage.py collectstatic --no-input")
        yield ok("static files", "They are in place.") if made else missing
    zones = len(available_timezones())
    try:
        ZoneInfo("Europe/Berlin")
    except (KeyError, OSError):
        zones = 0
    if zones < FEWEST_ZONES:
        yield fail("time zones", "This machine does not know them.", "Install the system's tzdata package.")
    else:
        yield ok("time zones", f"{zones} are known; Python {sys.version.split()[0]}.")


def check_clock() -> Iterator[Finding]:
    """This machine's clock against the database's and the broker's."""
    for name, other in _read_clocks():
        apart = abs(other - time.time())
        words = f"{apart:.1f} seconds apart from the {name}'s."
        advice = "Run a time service (chrony, systemd-timesyncd) on all machines: leases and due hours depend on it."
        if apart > WRONG_CLOCK:
            yield fail("clock", words, advice)
        else:
            yield warn("clock", words, advice) if apart > ODD_CLOCK else ok("clock", words)


def _read_clocks() -> Iterator[tuple[str, float]]:
    if connection.vendor == "postgresql":
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
                yield "database", float(cursor.fetchone()[0])
        except DatabaseError:
            pass  # said where the database is looked at
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            seconds, micros = client.time()
            yield "broker", seconds + micros / 1e6
    except redis.RedisError:
        pass  # said where the broker is looked at


def check_people() -> Iterator[Finding]:
    """Somebody who may open the desk."""
    try:
        there = User.objects.filter(is_active=True, is_staff=True).exists()
    except DatabaseError:
        return
    nobody = warn("desk", "Nobody can log in to /admin/.", "Run: manage.py createsuperuser")
    yield ok("desk", "Somebody can log in to /admin/.") if there else nobody
