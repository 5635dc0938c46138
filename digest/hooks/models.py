"""Whom we call, and each call that is owed: written down before it is made."""

from __future__ import annotations

import base64
import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


def make_secret() -> str:
    """256 random bits, as receivers' libraries expect them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Hook(models.Model):
    """An address of another program, and what it wants to hear."""

    class Kind(models.TextChoices):
        SUBSCRIBED = "subscriber.subscribed", "Somebody confirmed"
        UNSUBSCRIBED = "subscriber.unsubscribed", "Somebody left"
        BOUNCED = "digest.bounced", "A digest bounced"
        SENT = "edition.sent", "An edition has gone to all its readers"

    url = models.URLField(max_length=500, unique=True, help_text="An https address on the internet.")
    kinds = models.JSONField(default=list, help_text='Like ["edition.sent"].')
    secret = models.CharField(max_length=80, default=make_secret, editable=False)
    is_active = models.BooleanField(default=True)
    # How far our tables were read for it.
    history_read = models.BigIntegerField(default=0, editable=False)
    events_read = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = "outgoing webhook"

    def __str__(self) -> str:
        return self.url


class HookCall(models.Model):
    """One thing that one hook is to hear, once."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Taken"
        FAILED = "failed", "Given up"

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="calls")
    kind = models.CharField(max_length=30, choices=Hook.Kind.choices)
    # What it is about, so that the same thing is owed once.
    reference = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    error = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "call"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hook", "kind", "reference"], name="hook_call_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="hook_call_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reference}"
