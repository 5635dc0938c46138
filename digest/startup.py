"""What servers do before they serve: refuse wrong settings in plain words. Commands do so by themselves."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from typing import NoReturn

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


def refuse_wrong_settings_apart() -> None:
    """The same, checked by a process of its own: what only the checks look at does not stay in this one's memory."""
    checker = os.fork()
    if not checker:
        _check_and_leave()
    status = os.waitstatus_to_exitcode(os.waitpid(checker, 0)[1])
    if status:
        raise SystemExit(status)
    django.setup()


def _check_and_leave() -> NoReturn:
    status = CANNOT_BOOT
    try:
        refuse_wrong_settings()
        status = 0
    except SystemExit:
        """It has said why."""
    except BaseException:  # noqa: BLE001  # nothing may go on in this process
        traceback.print_exc()
    os._exit(status)


def ease_collection() -> None:
    """Let the collector of cycles look less often: rows read by the thousand hold none, and it reads them all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
