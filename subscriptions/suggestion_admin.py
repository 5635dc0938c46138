"""The curators' pages for papers that readers suggested, and for authors who claim theirs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from digest.desk import DeskAdmin
from subscriptions.models import AuthorClaim, Suggestion
from subscriptions.suggesting import open_stub


@admin.register(Suggestion)
class SuggestionAdmin(DeskAdmin):
    """Suggested papers: look at each, import or refuse it, and say so here."""

    list_display = ("name", "note", "state", "created_at")
    list_editable = ("state",)
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("name", "note")
    fields = ("name", "note", "state", "created_at")
    readonly_fields = ("name", "note", "created_at")
    actions = ("open_stubs",)

    @action(description="Open a paper to fill in", permissions=["change"])
    def open_stubs(self, request: HttpRequest, suggestions: QuerySet[Suggestion]) -> None:
        """Open a pending paper for each; an import under the same id or DOI fills it in, or a curator does."""
        opened = sum(open_stub(suggestion, now=now()) for suggestion in suggestions)
        messages.success(request, f"{opened} paper{'' if opened == 1 else 's'} opened; they wait among the pending.")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Readers suggest; curators import."""
        return False


@admin.register(AuthorClaim)
class ClaimAdmin(DeskAdmin):
    """Readers who say that they wrote a paper: ask them, and confirm or refuse."""

    list_display = ("name", "paper", "profile_url", "state", "is_shown", "created_at")
    list_editable = ("state",)
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("paper",)
    search_fields = ("name", "paper__title")
    fields = ("name", "paper", "subscriber", "profile_url", "state", "is_shown", "created_at")
    readonly_fields = ("name", "paper", "subscriber", "is_shown", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Authors claim for themselves."""
        return False
