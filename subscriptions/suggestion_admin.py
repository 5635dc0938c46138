"""The curators' page for papers that readers suggested."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from digest.desk import DeskAdmin
from subscriptions.models import Suggestion


@admin.register(Suggestion)
class SuggestionAdmin(DeskAdmin):
    """Suggested papers: look at each, import or refuse it, and say so here."""

    list_display = ("name", "note", "state", "created_at")
    list_editable = ("state",)
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("name", "note")
    fields = ("name", "note", "state", "created_at")
    readonly_fields = ("name", "note", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Readers suggest; curators import."""
        return False
