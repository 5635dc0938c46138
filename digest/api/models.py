"""Who may use the API for what. Of a token only its hash is kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.timezone import now


class ApiToken(models.Model):
    """A key that a program shows, and what it opens."""

    class Scope(models.TextChoices):
        IMPORT_PAPERS = "papers:import", "Import papers"
        MANAGE_SUBSCRIBERS = "subscribers:manage", "Read and change subscribers"
        MANAGE_EDITIONS = "editions:manage", "Make and change draft editions"
        READ_DELIVERIES = "deliveries:read", "Read what became of editions"

    name = models.CharField(max_length=80, unique=True, help_text="Who or what uses it.")
    # The first characters, so that a person can tell which one a program holds.
    prefix = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, help_text='Like ["papers:import"].')
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
