"""The curators' page for editions: build one from suggestions, by dragging."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import localdate
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from digest.composing.edition_rows import CapInline, PickInline, SettledCapInline, SettledPickInline
from digest.composing.forms import EditionForm
from digest.composing.intro_admin import IntroAdmin
from digest.composing.models import Edition, Pick
from digest.composing.panel import describe_edition
from digest.composing.periods import coming_periods, describe_period
from digest.composing.suggesting import suggest_anew, suggest_picks
from digest.composing.trial_admin import TrialAdmin
from digest.desk import BUSY, CARE, GOOD, QUIET, count_of, find_row

ON_ITS_WAY = "On its way"
STATE_COLOURS = {
    Edition.State.DRAFT.label: CARE,
    Edition.State.APPROVED.label: GOOD,
    ON_ITS_WAY: BUSY,
    Edition.State.CANCELLED.label: QUIET,
}
SUGGEST, ANEW = "_suggest", "_anew"


@admin.register(Edition)
class EditionAdmin(SimpleHistoryAdmin, IntroAdmin, TrialAdmin):
    """Editions: what the curators publish for a day, a week or a month."""

    form = EditionForm
    list_display = ("period", "in_words", "title", "pick_total", "standing", "approved_by", "approved_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("approved_by",)
    search_fields = ("period", "title")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "version",
                    ("kind", "period"),
                    ("title", "curator_name"),
                    "subject",
                    "preheader",
                    "intro",
                )
            },
        ),
    )
    # What is rarely wanted, and what must not be pressed for its neighbour, waits in a menu.
    more_actions: tuple[str, ...] = ("schedule_edition", "unschedule_edition", "reopen_edition", "compare_rankers")
    actions_detail: tuple[str | dict[str, Any], ...] = ("approve_edition", *more_actions)
    actions_submit_line = ("suggest", "suggest_anew")
    change_form_template = "admin/edition_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        """Editions with their number of picks."""
        return (
            super()
            .get_queryset(request)
            .annotate(pick_count=Count("picks", filter=~Q(picks__section=Pick.Section.LEFT_OUT)))
        )

    def get_inlines(self, request: HttpRequest, obj: Edition | None) -> tuple[type[TabularInline], ...]:  # noqa: ARG002  # admin's signature
        """Picks to drag in a draft, picks to read after."""
        return (PickInline, CapInline) if _is_open(obj) else (SettledPickInline, SettledCapInline)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The coming week, or the first one after it that has no edition yet."""
        taken = set(Edition.objects.filter(kind=Edition.Kind.WEEK).values_list("period", flat=True))
        coming = coming_periods(localdate(), kind=Edition.Kind.WEEK)
        period = next(period for period in coming if period not in taken)
        return {"kind": Edition.Kind.WEEK, "period": period, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts can be changed: what was approved is what goes out."""
        return bool(super().has_change_permission(request, obj)) and _is_open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts can be deleted."""
        return bool(super().has_delete_permission(request, obj)) and _is_open(obj)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Edition | None:
        """The edition; locked while it is being saved, so that nobody approves what is just changing."""
        if request.method == "POST" and object_id.isdecimal():
            Edition.objects.select_for_update().filter(pk=object_id).first()
        found: Edition | None = super().get_object(request, object_id, from_field)
        return found

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Also tell the page what stands in the way, who would get it, and what became of it."""
        context = dict(extra_context or {})
        edition = find_row(Edition, object_id)
        if edition is None:
            context["actions_submit_line"] = self.get_actions_submit_line(request, None)
        elif request.method == "GET":
            context |= self.describe(edition)
        return super().changeform_view(request, object_id, form_url, context)

    def describe(self, edition: Edition) -> dict[str, Any]:
        """What the panel above the form says."""
        return describe_edition(edition)

    def response_add(self, request: HttpRequest, obj: Edition, post_url_continue: str | None = None) -> HttpResponse:
        """After the suggest button, suggest and stay."""
        if {SUGGEST, ANEW} & request.POST.keys():
            return self._suggest(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """After the suggest button, suggest and stay."""
        if {SUGGEST, ANEW} & request.POST.keys():
            return self._suggest(request, obj)
        return super().response_change(request, obj)

    def _suggest(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        # Here, not among the saving hooks: the rows that were typed must be in the database first.
        fill = suggest_anew if ANEW in request.POST else suggest_picks
        added = fill(edition=edition, limit=settings.DIGEST_SIZE)
        # A page opened before this must not undo it.
        edition.save(update_fields=["updated_at"])
        if added:
            messages.success(request, f"Added {count_of(added, 'paper')}, best trending first. Drag to reorder.")
        else:
            messages.warning(
                request,
                "Nothing was added: the edition is full already, or every paper of its days is in an edition.",
            )
        return HttpResponseRedirect(reverse("admin:composing_edition_change", args=[edition.pk]))

    @action(description="Save and suggest picks", permissions=["change"], icon="magic_button", attrs={"name": SUGGEST})
    def suggest(self, request: HttpRequest, obj: Edition) -> None:
        """A button only: its name is looked for once everything typed has been saved."""

    @action(description="Suggest anew", permissions=["change"], icon="refresh", attrs={"name": ANEW})
    def suggest_anew(self, request: HttpRequest, obj: Edition) -> None:
        """The same, for everything that nobody pinned, left out or wrote a note on."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only the buttons that make sense in the edition's state."""
        edition = find_row(Edition, object_id)
        useless = self.list_useless(edition) if edition else set()
        return [one for one in super().get_actions_detail(request, object_id) if _name(one) not in useless]

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Nothing to suggest for an edition that cannot change."""
        edition = find_row(Edition, object_id)
        return list(super().get_actions_submit_line(request, object_id)) if _is_open(edition) else []

    @display(description="In words")
    def in_words(self, obj: Edition) -> str:
        """The period as people say it."""
        return describe_period(obj.period)

    @display(description="Picks", ordering="pick_count")
    def pick_total(self, obj: Any) -> int:
        """How many papers it holds."""
        return int(obj.pick_count)

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def standing(self, obj: Edition) -> str:
        """Draft, approved, or on its way to readers."""
        is_running = obj.frozen_at and obj.state == Edition.State.APPROVED
        return ON_ITS_WAY if is_running else obj.get_state_display()


def _is_open(edition: object) -> bool:
    """Whether this may still be changed. About buttons the skin asks with a mere id: those decide for themselves."""
    return not isinstance(edition, Edition) or edition.state == Edition.State.DRAFT


def _name(offered: Any) -> str:
    return str(offered.method.original_function_name)
