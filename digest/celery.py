"""The Celery application. Tasks live in `digest.tasks` and `subscriptions.tasks`, nowhere else."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["digest", "subscriptions"])
