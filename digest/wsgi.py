"""The web entry point. Refuses to start on wrong settings, as every command does."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from digest.startup import refuse_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

refuse_wrong_settings()
application = get_wsgi_application()
