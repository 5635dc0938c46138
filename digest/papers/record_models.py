"""What is known about papers beside themselves: who told what, other names, counts by day, news, topic corrections."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from digest.papers.source_models import Source


class SourceRecord(models.Model):
    """What a source told about a paper the last time: where fields come from, and what undoing a merge takes."""

    paper = models.ForeignKey("papers.Paper", on_delete=models.CASCADE, related_name="source_records")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="records")
    key = models.CharField(max_length=300, help_text="The strongest name in the record.")
    told = models.JSONField(default=dict)
    told_on = models.DateField(help_text="The listing day it was told for.")
    first_told_at = models.DateTimeField()
    last_told_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["told_on", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "key"], name="record_once_per_source")]

    def __str__(self) -> str:
        return f"{self.key} from {self.source}"


class PaperName(models.Model):
    """Another name of a paper: "pmid:123", "s2:…", or "doi:…" of its printed form."""

    paper = models.ForeignKey("papers.Paper", on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=220, unique=True)

    def __str__(self) -> str:
        return self.name


class Signal(models.Model):
    """A paper's counts on a day, as far as sources told them; the greatest of what was told that day."""

    COUNTS = ("votes", "comments", "stars", "citations")

    paper = models.ForeignKey("papers.Paper", on_delete=models.CASCADE, related_name="signals")
    day = models.DateField()
    votes = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)
    stars = models.PositiveIntegerField(null=True)
    citations = models.PositiveIntegerField(null=True)
    # Not a total but what came that day, of our own readers.
    reader_votes = models.PositiveIntegerField(db_default=0)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["paper", "day"], name="signal_once_per_day")]

    def __str__(self) -> str:
        return f"{self.paper_id} on {self.day}"


class News(models.Model):
    """Something that happened to a paper after we first knew it."""

    class Kind(models.TextChoices):
        REVISED = "revised", "Revised"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"
        CODE = "code", "Code released"

    paper = models.ForeignKey("papers.Paper", on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    detail = models.CharField(max_length=200, blank=True, help_text="The version, the venue or the address.")
    happened_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-happened_at", "-id"]
        verbose_name_plural = "news"
        constraints: ClassVar = [models.UniqueConstraint(fields=["paper", "kind", "detail"], name="news_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.paper_id}"


class TopicCorrection(models.Model):
    """A curator's word on whether a paper belongs under a topic; filing by rule keeps to it."""

    paper = models.ForeignKey("papers.Paper", on_delete=models.CASCADE, related_name="topic_corrections")
    topic = models.ForeignKey("papers.Topic", on_delete=models.CASCADE, related_name="corrections")
    belongs = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["paper", "topic"], name="correction_once")]

    def __str__(self) -> str:
        return f"{self.paper_id} {'under' if self.belongs else 'not under'} {self.topic_id}"
