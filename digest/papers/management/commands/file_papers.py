"""`manage.py file_papers`: files papers anew after topics changed. The work is done in digest/papers/topics.py."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from digest.papers.models import Paper
from digest.papers.topics import refile_papers

_BATCH = 500


class Command(BaseCommand):
    help = "File all papers by the topics' rules as they are now. What curators decided about a paper stays."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        ids = list(Paper.objects.order_by("pk").values_list("pk", flat=True))
        moved = 0
        for start in range(0, len(ids), _BATCH):
            chosen = ids[start : start + _BATCH]
            moved += refile_papers(Paper.objects.filter(pk__in=chosen).prefetch_related("topics"))
        self.stdout.write(f"{len(ids)} papers looked at, {moved} filed anew.")
