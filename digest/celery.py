"""The Celery application. Tasks live in `digest.tasks` and `subscriptions.tasks`, nowhere else."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import beat_init, celeryd_init

from digest.startup import refuse_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["digest", "subscriptions"])


@celeryd_init.connect
@beat_init.connect
def check_settings(**_: object) -> None:
    """Workers and the scheduler start on sound settings only."""
    refuse_wrong_settings()
