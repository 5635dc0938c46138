"""What servers do before they serve: refuse wrong settings in plain words. Commands do so by themselves."""

from __future__ import annotations

import gc
import io
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

# Gunicorn ends altogether on this status instead of starting worker after worker.
CANNOT_BOOT = 3


def refuse_wrong_settings() -> None:
    """Set Django up and run the system checks; where they find errors, print them and end the process."""
    try:
        django.setup()
        call_command("check", stdout=io.StringIO())
    except (ImproperlyConfigured, CommandError) as error:
        # The scheduler has turned `sys.stderr` into a log by now, at a level that shows nothing.
        print(f"Wrong settings: {error}", file=sys.__stderr__, flush=True)
        raise SystemExit(CANNOT_BOOT) from None


def ease_collection() -> None:
    """Let the collector of cycles look less often: rows read by the thousand hold none, and it reads them all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
