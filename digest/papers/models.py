"""What the catalogue holds: papers, the topics they are filed under, the sources they come from."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from simple_history.models import HistoricalRecords

from digest.papers.record_models import News, PaperName, Signal, SourceRecord, TopicCorrection
from digest.papers.source_models import HostTurn, ImportRun, Source
from digest.rendering.mathtext import plain_math

__all__ = [
    "Decision",
    "HostTurn",
    "ImportRun",
    "News",
    "Paper",
    "PaperName",
    "PaperQuerySet",
    "PaperVector",
    "Signal",
    "Source",
    "SourceRecord",
    "Topic",
    "TopicCorrection",
]


class Topic(models.Model):
    """A named area that papers are filed under and readers follow."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True)
    meaning = models.CharField(
        max_length=500,
        blank=True,
        help_text="A sentence or two in plain words. Papers that no category or keyword files come here when they mean "
        "much the same. Left empty, the description counts.",
    )
    categories = models.JSONField(
        default=list, blank=True, help_text='Source categories that file a paper here, like ["cs.RO"].'
    )
    keywords = models.JSONField(default=list, blank=True, help_text="Words or phrases that file a paper here.")
    position = models.PositiveIntegerField(default=0, db_index=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class PaperQuerySet(models.QuerySet["Paper"]):
    """Adjectives for papers."""

    def published(self) -> PaperQuerySet:
        """Papers anybody may see: approved, withdrawn ones included (they carry a mark)."""
        return self.filter(state=Paper.State.APPROVED)

    def sendable(self) -> PaperQuerySet:
        """Papers a new digest may carry."""
        return self.published().filter(withdrawn_at=None)

    def fresh_between(self, first: date, last: date) -> PaperQuerySet:
        """Papers for digests of these days: listed on one of them, or come in late on one of them."""
        on_time = Q(listed_on__gte=first, listed_on__lte=last)
        return self.filter(on_time | Q(late_on__gte=first, late_on__lte=last))

    def listed_between(self, first: date, last: date) -> PaperQuerySet:
        """Papers listed on one of these days, both included."""
        return self.filter(listed_on__gte=first, listed_on__lte=last)

    def trending(self) -> PaperQuerySet:
        """Best first; ties fall to the newer, then the later row, so the order is stable."""
        return self.order_by("-trend", "-listed_on", "-id")


class Paper(models.Model):
    """A research paper, as the sources tell it and as the curators decided."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for a curator"
        APPROVED = "approved", "Approved"
        HIDDEN = "hidden", "Hidden"

    title = models.CharField(max_length=500)
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, blank=True, help_text="Names in order.")
    # Names of one paper. NULL, not "", where unknown: a unique column takes many NULLs.
    arxiv_id = models.CharField("arXiv id", max_length=32, null=True, blank=True, unique=True)
    doi = models.CharField("DOI", max_length=200, null=True, blank=True, unique=True)
    title_key = models.CharField(
        max_length=200, db_index=True, editable=False, help_text="Folded title, for finding duplicates."
    )
    version = models.PositiveSmallIntegerField(null=True, blank=True)
    versions = models.JSONField(
        default=list, blank=True, editable=False, help_text='Oldest first, like "v1 2025-03-07", where a source tells.'
    )

    topics = models.ManyToManyField(Topic, blank=True, related_name="papers")
    categories = models.JSONField(default=list, blank=True)
    keywords = models.JSONField(default=list, blank=True, help_text="As the source gives them; may be generated.")
    summary = models.TextField(blank=True, help_text="One-sentence summary as the source gives it; may be generated.")
    organisation = models.CharField(max_length=200, blank=True)
    submitter = models.CharField(max_length=100, blank=True, db_index=True)
    venue = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)

    url = models.URLField(max_length=500, blank=True)
    code_url = models.URLField(max_length=500, blank=True)
    project_url = models.URLField(max_length=500, blank=True)
    discussion_url = models.URLField(max_length=500, blank=True)
    thumbnail_url = models.URLField(max_length=500, blank=True)
    artifacts = models.JSONField(
        default=list, blank=True, help_text='What came of it: [{"kind": "model", "name": "...", "url": "https://..."}].'
    )
    author_takes_part = models.BooleanField(default=False, help_text="An author answers in the discussion.")

    votes = models.PositiveIntegerField(default=0, help_text="What the source counts and our readers' votes together.")
    # Apart, so that an import may raise the source's count without swallowing them.
    reader_votes = models.PositiveIntegerField(default=0, editable=False)
    comments = models.PositiveIntegerField(default=0)
    stars = models.PositiveIntegerField(default=0, help_text="Stars of the code repository.")
    citations = models.PositiveIntegerField(default=0)
    trend = models.FloatField(
        default=0.0, editable=False, help_text="Sortable trending number; see digest/papers/votes.py."
    )

    published_on = models.DateField(null=True, blank=True, help_text="First made public by its authors.")
    updated_on = models.DateField("revised on", null=True, blank=True, help_text="Last changed by its authors.")
    listed_on = models.DateField(default=date.today, help_text="The day it joined the listing.")
    late_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The day it came in, where that was after its listing day."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPROVED)
    # Waits until then and is approved by itself, so nothing shows or sends it before.
    embargo_until = models.DateTimeField(
        "embargo until", null=True, blank=True, help_text="Kept back until this moment (UTC), then approved by itself."
    )
    desk_note = models.TextField("note", blank=True, help_text="For the people at the desk; readers never see it.")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, blank=True, related_name="papers")
    told_on = models.JSONField(
        default=dict, editable=False, help_text="Day of the record each field comes from; see digest/papers/merging.py."
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PaperQuerySet.as_manager()
    # What people change at the desk, field by field. Imports write whole tables at once and leave no trace here.
    history = HistoricalRecords(excluded_fields=["trend", "told_on", "updated_at"], m2m_fields=[topics])

    class Meta:
        ordering: ClassVar = ["-listed_on", "-trend", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "listed_on", "-trend"], name="paper_listing"),
            models.Index(fields=["state", "-trend", "-listed_on", "-id"], name="paper_trending"),
            models.Index(fields=["state", "-created_at"], name="paper_incoming"),
            models.Index(fields=["late_on"], name="paper_late", condition=Q(late_on__isnull=False)),
            # What the search index and the vectors have not seen yet.
            models.Index(fields=["updated_at", "id"], name="paper_changed"),
            models.Index(fields=["embargo_until"], name="paper_embargo", condition=Q(embargo_until__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title=""), name="paper_has_title"),
            models.CheckConstraint(condition=~Q(arxiv_id="") & ~Q(doi=""), name="paper_names_null_not_empty"),
        ]

    def __str__(self) -> str:
        return plain_math(self.title)

    def get_absolute_url(self) -> str:
        """The paper's page on this site."""
        return reverse("paper", args=[self.pk])


class PaperVector(models.Model):
    """Where a paper's text points, as one embedder sees it; see digest/papers/vectors.py."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="vectors")
    model = models.CharField(max_length=200, help_text="The embedder's name.")
    dimension = models.PositiveIntegerField()
    vector = models.BinaryField(help_text="Little-endian float16, one after the other.")
    text_hash = models.CharField(
        max_length=32, help_text="Of the text it was made from; another text is embedded anew."
    )
    embedded_at = models.DateTimeField(help_text="No earlier than the paper's last change, once it is up to date.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["paper", "model"], name="vector_once_per_model")]
        indexes: ClassVar = [models.Index(fields=["model", "embedded_at"], name="vector_made")]

    def __str__(self) -> str:
        return f"{self.model} of paper {self.paper_id}"


class Decision(models.Model):
    """What somebody at the desk decided about some papers, with what they were before: the way back."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "Approved"
        HIDDEN = "hidden", "Hidden"
        WITHDRAWN = "withdrawn", "Marked as withdrawn"
        EMBARGOED = "embargoed", "Put under embargo"
        FILED = "filed", "Filed under topics"
        MERGED = "merged", "Merged"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # {paper id: [state, withdrawn_at, embargo_until, [topic ids]]} of the papers that changed; see also joining.py.
    before = models.JSONField(default=dict)
    count = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.count:,}"
