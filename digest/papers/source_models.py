"""Where papers come from: sources, what came of each visit, and whose turn it is at a host."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.timezone import now


class Source(models.Model):
    """A place papers come from."""

    class Kind(models.TextChoices):
        ARXIV = "arxiv", "arXiv search"
        ARXIV_RSS = "arxiv-rss", "arXiv daily feed"
        OAI = "oai", "arXiv archive (OAI-PMH)"
        OAI_RAW = "oai-raw", "arXiv archive with versions"
        ARXIV_MAIL = "arxiv-mail", "arXiv listing mail"
        HUGGINGFACE = "huggingface", "Hugging Face daily papers"
        SCHOLAR = "scholar", "Semantic Scholar"
        CROSSREF = "crossref", "Crossref"
        BIORXIV = "biorxiv", "bioRxiv and medRxiv"
        BIBTEX = "bibtex", "BibTeX"
        RIS = "ris", "RIS"
        ZOTERO = "zotero", "Zotero export"
        CSV = "csv", "CSV table"
        JSON = "json", "JSON records"
        LISTING = "listing", "Captured listing"
        MANUAL = "manual", "Typed in by hand"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    is_active = models.BooleanField(default=True)

    class Rhythm(models.TextChoices):
        BY_HAND = "by-hand", "Only by hand"
        HOURLY = "hourly", "Every hour"
        SIX_HOURLY = "six-hourly", "Every six hours"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"

    class OnTrouble(models.TextChoices):
        SHOW = "show", "Show it on the desk"
        NOTICE = "notice", "And say so in the digests"
        HOLD = "hold", "And hold digests back for a while"

    query = models.CharField(max_length=500, blank=True, help_text="What to ask for; each kind says how.")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.BY_HAND)
    days_back = models.PositiveSmallIntegerField(
        default=3, help_text="So many days are asked for again each time: late papers and newer votes come with them."
    )
    most_records = models.PositiveIntegerField(default=5_000, help_text="A run ends after so many records.")
    wants_review = models.BooleanField(default=False, help_text="New papers wait for a curator.")
    on_trouble = models.CharField(
        "when it is broken or stale", max_length=10, choices=OnTrouble.choices, default=OnTrouble.SHOW
    )
    # What the runner of this source remembers; see digest/papers/visiting.py.
    next_visit_at = models.DateTimeField(null=True, blank=True, db_index=True)
    seen_until = models.DateField(null=True, blank=True, editable=False)
    journey = models.JSONField(default=dict, blank=True, editable=False)
    validators = models.JSONField(default=dict, blank=True, editable=False)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One visit to a source and what came of it."""

    class Verdict(models.TextChoices):
        RUNNING = "running", "Running"
        FRESH = "fresh", "Fresh"
        QUIET = "quiet", "Nothing new"
        STALE = "stale", "Stale"
        PARTIAL = "partial", "Partial"
        BROKEN = "broken", "Broken"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    origin = models.CharField(max_length=300, blank=True, help_text="File name or address that was read.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.RUNNING)
    received = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True, blank=True, help_text="How many the source said there are.")
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, blank=True, help_text="The first rejected records: line and reason.")
    newest_on = models.DateField(null=True, blank=True, help_text="The latest listing day among its records.")
    newest_id = models.CharField(max_length=200, blank=True)
    owed_on = models.DateField(null=True, blank=True, help_text="The listing day that was due when it ran.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why the verdict is what it is.")
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-started_at"]
        indexes: ClassVar = [models.Index(fields=["source", "-started_at"], name="run_source_started")]

    def __str__(self) -> str:
        return f"{self.source} at {self.started_at:%Y-%m-%d %H:%M}"


class HostTurn(models.Model):
    """When a host that papers are fetched from may be asked again; one row for all processes."""

    host = models.CharField(max_length=253, unique=True)
    free_at = models.DateTimeField()
    holder = models.CharField(max_length=16, blank=True)

    def __str__(self) -> str:
        return self.host
