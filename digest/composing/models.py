"""What we say: editions the curators publish, and the digest row that moves to the right."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from simple_history.models import HistoricalRecords

from digest.papers.models import Paper, Topic
from subscriptions.models import Subscriber


class Edition(models.Model):
    """What the curators publish for a day, a week or a month."""

    class Kind(models.TextChoices):
        DAY = "day", "Day"
        WEEK = "week", "Week"
        MONTH = "month", "Month"

        @classmethod
        def of(cls, period: str) -> Edition.Kind:
            """The kind that a period's name tells: 2026-08-03, 2026-W32 or 2026-08."""
            if "W" in period:
                return cls.WEEK
            return cls.MONTH if len(period) == len("2026-08") else cls.DAY

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.WEEK)
    period = models.CharField(max_length=10, unique=True, help_text="2026-08-03, 2026-W32 or 2026-08.")
    title = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=120, blank=True, help_text="Left empty, the first paper makes the subject.")
    preheader = models.CharField(
        max_length=150, blank=True, help_text="The line that inboxes show beside the subject; else the first titles."
    )
    intro = models.TextField(blank=True, help_text="Markdown. Shown above the papers.")
    curator_name = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    scheduled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is approved by itself, unless somebody stops that before."
    )
    # When the machine last filled in suggestions; a person's later change ends that.
    drafted_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(
        null=True, blank=True, help_text="When its first digest was composed; nothing changes after."
    )
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Nothing of it is handed over while set.")
    source_notice = models.CharField(max_length=300, blank=True, help_text="About sources that were not up to date.")
    pause_reason = models.CharField(max_length=300, blank=True)
    # A large edition goes to a few readers first; the others wait until then.
    canary_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=["updated_at", "canary_until", "drafted_at"])

    class Meta:
        ordering: ClassVar = ["-period"]
        permissions: ClassVar = [
            ("approve_edition", "Can approve and schedule editions"),
            ("stop_edition", "Can pause, resume and cancel editions"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.get_kind_display()} {self.period}"


class PickQuerySet(models.QuerySet["Pick"]):
    """Adjectives for picks."""

    def shown(self) -> PickQuerySet:
        """Picks that readers get, in the order of the mail: the curators' first."""
        return self.exclude(section=Pick.Section.LEFT_OUT).order_by("-section", "position", "id")


class Pick(models.Model):
    """A paper the curators chose for an edition, or chose to leave out of it."""

    class Section(models.TextChoices):
        CURATORS = "curators", "Chosen by the curators"
        COMMUNITY = "community", "From the community"
        LEFT_OUT = "left_out", "Left out"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="picks")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="picks")
    position = models.PositiveIntegerField(default=0, db_index=True)
    note = models.CharField(max_length=300, blank=True, help_text="Shown under the title, in plain words.")
    section = models.CharField(max_length=10, choices=Section.choices, default=Section.CURATORS)
    is_pinned = models.BooleanField("pinned", default=False, help_text="Stays when picks are suggested anew.")

    objects = PickQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "paper"], name="pick_once")]

    def __str__(self) -> str:
        return str(self.paper)


class TopicCap(models.Model):
    """How much of an edition's suggestions, and of digests whose readers do not follow it, one topic may be."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="caps")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    percent = models.PositiveSmallIntegerField(
        default=30, validators=[MaxValueValidator(100)], help_text="At most this share of the papers, in percent."
    )

    class Meta:
        ordering: ClassVar = ["topic__position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "topic"], name="cap_once")]

    def __str__(self) -> str:
        return f"{self.topic}: at most {self.percent} %"


class LookAhead(models.Model):
    """What an edition would do to everybody, as a worker counts it or has counted it. The latest one only."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="look_ahead")
    # Which edition was looked at: it may have changed since.
    version = models.CharField(max_length=40)
    looked_at = models.PositiveIntegerField(default=0)
    readers = models.PositiveIntegerField(default=0)
    effect = models.JSONField(null=True, blank=True)
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.looked_at:,} of {self.readers:,} readers of {self.edition}"


class Digest(models.Model):
    """What one subscriber gets for one period, and what became of it."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        COMPOSED = "composed", "Composed"
        SENDING = "sending", "Being handed over"
        RETRY = "retry", "To be tried again"
        ACCEPTED = "accepted", "Accepted by the provider"
        DELIVERED = "delivered", "Delivered"
        BOUNCED = "bounced", "Bounced"
        COMPLAINED = "complained", "Reported as spam"
        REFUSED = "refused", "Refused by the provider"
        UNKNOWN = "unknown", "Not known whether it went"
        EMPTY = "empty", "Too little to say"
        SKIPPED = "skipped", "Skipped"

    # Both are the first column of an index below; one more of their own would only cost.
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="digests", db_index=False)
    period = models.CharField(max_length=10, help_text="The local day, ISO week or month.")
    edition = models.ForeignKey(
        Edition, on_delete=models.SET_NULL, null=True, blank=True, related_name="digests", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    # The window of listing days it draws from; both days belong to it.
    first_day = models.DateField()
    last_day = models.DateField()
    looks_back = models.BooleanField(default=False, help_text="The window reaches back over the reader's pause.")
    # [{"paper": id, "reasons": [{"kind", "text", ...}]}, ...], best first.
    entries = models.JSONField(default=list, blank=True)
    # What became of papers sent before: [{"paper": id, "kind": "revised", "detail": "3"}, ...], latest first.
    news = models.JSONField(default=list, blank=True)
    more_count = models.PositiveIntegerField(default=0, help_text="Papers of the window that did not fit.")

    attempts = models.PositiveSmallIntegerField(default=0)
    # Which worker's claim holds the row, until when.
    claim = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=500, blank=True)

    slot_at = models.DateTimeField(help_text="The subscriber's own hour that this digest is for.")
    planned_at = models.DateTimeField(default=now)
    composed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When the last word on it was recorded.")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "period"], name="digest_once_per_period")
        ]
        indexes: ClassVar = [
            # Only rows still on their way: stays small however long the history grows.
            models.Index(
                fields=["state", "id"],
                name="digest_open",
                condition=Q(state__in=["planned", "composed", "sending", "retry"]),
            ),
            models.Index(fields=["edition", "state"], name="digest_edition_state"),
            models.Index(fields=["claim"], name="digest_claim", condition=~Q(claim="")),
        ]

    def __str__(self) -> str:
        return f"{self.period} for subscriber {self.subscriber_id}"

    @property
    def precedes_edition(self) -> bool:
        """Composed before its edition was approved: then it carries none of the edition's words."""
        approved_at = self.edition.approved_at if self.edition else None
        return bool(self.composed_at and approved_at and self.composed_at < approved_at)
