"""The web entry point. Refuses to start on wrong settings, as every command does."""

from __future__ import annotations

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

application = get_wsgi_application()
call_command("check", fail_level="ERROR")
