"""Loads the project's own sample papers, once, so that a new installation has something to read and to send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from digest.papers.ingest import import_records
from digest.papers.models import ImportRun, Paper, Source
from digest.papers.sources.base import Record, Rejection
from digest.papers.sources.fields import build_record
from digest.papers.topics import ensure_topics

SAMPLES = Path(__file__).with_name("samples.json")
SOURCE_NAME = "Sample papers"


def load_samples(*, today: date, now: datetime) -> ImportRun | None:
    """Load the samples, spread over the seven days up to `today`; None where there are papers already."""
    if Paper.objects.exists():
        return None
    ensure_topics()
    source, _ = Source.objects.get_or_create(name=SOURCE_NAME, defaults={"kind": Source.Kind.JSON})
    return import_records(
        source=source,
        origin=SAMPLES.name,
        records=_read_samples(today),
        listed_on=today,
        now=now,
        # They are spread over the days before on purpose.
        late_counts=False,
    )


def _read_samples(today: date) -> Iterator[Record | Rejection]:
    for number, sample in enumerate(json.loads(SAMPLES.read_text(encoding="utf-8")), start=1):
        day = today - timedelta(days=sample["days_ago"])
        yield build_record({**sample, "listed_on": day.isoformat()}, line=number)
