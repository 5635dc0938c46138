"""The Celery application. Tasks live in `digest.tasks` and `subscriptions.tasks`, nowhere else."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
)
from django.db import close_old_connections
from django.urls import set_urlconf

from digest.logs import start_telling
from digest.startup import ease_collection, refuse_wrong_settings_apart

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")
# We check by ourselves, below.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["digest", "subscriptions"])


@celeryd_init.connect
@beat_init.connect
def check_settings(**_: object) -> None:
    """Workers and the scheduler start on sound settings only."""
    refuse_wrong_settings_apart()


@worker_process_init.connect
def prepare_process(**_: object) -> None:
    """Each of a worker's processes, before its first task. Mails lead to readers' pages, not to the desk's."""
    set_urlconf("digest.reader_urls")
    ease_collection()


@setup_logging.connect
def keep_our_logs(**_: object) -> None:
    """Celery would bring a format of its own; the settings have one that hides addresses (LOG_LEVEL, LOG_FORMAT)."""


@task_prerun.connect
def keep_connection(**_: object) -> None:
    """A database connection lasts for many tasks: one that is too old or broken is opened anew.

    Celery would close it after every task, and PostgreSQL begin anew a thousand letters later.
    """
    close_old_connections()


@task_prerun.connect
def name_the_task(task_id: str, task: object, **_: object) -> None:
    """What a task logs carries its id."""
    start_telling(task=str(getattr(task, "name", "")), task_id=task_id)


@task_postrun.connect
def forget_the_task(**_: object) -> None:
    """What comes after belongs to no task."""
    start_telling()
