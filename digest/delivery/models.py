"""What the provider told us later."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from digest.composing.models import Digest


class Heartbeat(models.Model):
    """When a task last ran: proof that beat, broker and worker are alive together."""

    name = models.CharField(max_length=30, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%Y-%m-%d %H:%M:%S}"


class Event(models.Model):
    """One thing a provider reported about a mail, stored before it is acted on."""

    class Kind(models.TextChoices):
        TAKEN = "taken", "Taken by the provider"
        DELIVERED = "delivered", "Delivered"
        DEFERRED = "deferred", "Deferred"
        SOFT_BOUNCE = "soft", "Soft bounce"
        HARD_BOUNCE = "hard", "Hard bounce"
        REJECTED = "rejected", "Rejected by the provider"
        COMPLAINED = "complained", "Reported as spam"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed at the provider"
        OTHER = "other", "Other"

    provider = models.CharField(max_length=30)
    # Ours, since several providers give none or repeat theirs.
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    our_fault = models.BooleanField(default=False, help_text="About our name or content, not about the reader.")
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    address_hash = models.CharField(max_length=64, blank=True, db_index=True)
    provider_id = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="event_unapplied", condition=Q(applied_at=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.provider}"


class BounceScore(models.Model):
    """How often an address bounced for a while lately: by the address that was mailed, whoever holds it now."""

    address_hash = models.CharField(max_length=64, unique=True)
    score = models.PositiveSmallIntegerField(default=0)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="The last bounce that counted.")

    def __str__(self) -> str:
        return f"{self.score} for {self.address_hash[:8]}"
