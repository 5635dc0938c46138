"""The curators' pages for papers that readers suggested, and for authors who claim theirs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from digest.desk import CARE, GOOD, QUIET, DeskAdmin, count_of
from subscriptions.claiming import decide_claims
from subscriptions.models import AuthorClaim, Suggestion
from subscriptions.suggesting import decide_suggestions, open_stub

SUGGESTION_COLOURS = {
    Suggestion.State.WAITING.label: CARE,
    Suggestion.State.TAKEN.label: GOOD,
    Suggestion.State.REFUSED.label: QUIET,
}
CLAIM_COLOURS = {
    AuthorClaim.State.CLAIMED.label: CARE,
    AuthorClaim.State.CONFIRMED.label: GOOD,
    AuthorClaim.State.REFUSED.label: QUIET,
}


class AskedAdmin(DeskAdmin):
    """What readers ask for and curators decide about. Its state is nobody's to type."""

    list_filter = (("state", ChoicesDropdownFilter),)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Readers ask; curators decide."""
        return False

    def tell(self, request: HttpRequest, decided: list[int], words: str, *, selected: int) -> None:
        """Say how many were decided about, and write down who did."""
        for row in self.model._default_manager.filter(pk__in=decided):  # noqa: SLF001  # documented by Django
            self.log_change(request, row, f"{words.capitalize()}.")
        rest = f" {selected - len(decided):,} were so already." if selected > len(decided) else ""
        messages.success(request, f"{len(decided):,} {words}.{rest}")


@admin.register(Suggestion)
class SuggestionAdmin(AskedAdmin):
    """Suggested papers: look at each, open a paper for it or not, and say so here."""

    list_display = ("name", "note", "standing", "created_at")
    search_fields = ("name", "note")
    fields = ("name", "note", "standing", "created_at")
    readonly_fields = ("name", "note", "standing", "created_at")
    actions = ("open_stubs", "take_selected", "refuse_selected")

    @action(description="Open a paper to fill in", permissions=["change"])
    def open_stubs(self, request: HttpRequest, suggestions: QuerySet[Suggestion]) -> None:
        """Open a pending paper for each; an import under the same id or DOI fills it in, or a curator does."""
        opened = sum(open_stub(suggestion, now=now()) for suggestion in suggestions)
        messages.success(request, f"{count_of(opened, 'paper')} opened; they wait among the pending.")

    @action(description="Mark as taken: it is here already", permissions=["change"])
    def take_selected(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        """Say that the papers came in another way."""
        self._decide(request, queryset, Suggestion.State.TAKEN)

    @action(description="Do not take", permissions=["change"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        """Say that the papers will not be listed."""
        self._decide(request, queryset, Suggestion.State.REFUSED)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Suggestion], state: Suggestion.State) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, decide_suggestions(ids, state=state), state.label.lower(), selected=len(ids))

    @display(description="State", ordering="state", label=SUGGESTION_COLOURS)
    def standing(self, obj: Suggestion) -> str:
        """What a curator decided."""
        return obj.get_state_display()


@admin.register(AuthorClaim)
class ClaimAdmin(AskedAdmin):
    """Readers who say that they wrote a paper: ask them, and confirm or refuse."""

    list_display = ("name", "paper", "profile_url", "standing", "is_shown", "created_at")
    list_select_related = ("paper",)
    search_fields = ("name", "paper__title")
    fields = ("name", "paper", "subscriber", "profile_url", "standing", "is_shown", "created_at")
    readonly_fields = ("name", "paper", "subscriber", "profile_url", "standing", "is_shown", "created_at")
    actions = ("confirm_selected", "refuse_selected")

    @action(description="Confirm: the name leads to their profile", permissions=["change"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[AuthorClaim]) -> None:
        """Show the name as claimed on the paper's page."""
        self._decide(request, queryset, AuthorClaim.State.CONFIRMED)

    @action(description="Refuse", permissions=["change"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[AuthorClaim]) -> None:
        """Show nothing of the claim."""
        self._decide(request, queryset, AuthorClaim.State.REFUSED)

    def _decide(self, request: HttpRequest, queryset: QuerySet[AuthorClaim], state: AuthorClaim.State) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, decide_claims(ids, state=state), state.label.lower(), selected=len(ids))

    @display(description="State", ordering="state", label=CLAIM_COLOURS)
    def standing(self, obj: AuthorClaim) -> str:
        """What a curator decided."""
        return obj.get_state_display()
