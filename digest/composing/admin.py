"""The curators' pages for editions: build, preview, approve, take back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localdate, now
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from digest.composing.editions import (
    EditionNotReadyError,
    approve,
    audience,
    find_problems,
    reopen,
    suggest_picks,
)
from digest.composing.forms import EditionForm, PickForm
from digest.composing.models import Edition, Pick
from digest.composing.panel import describe_edition, describe_preview
from digest.composing.periods import coming_periods, describe_period
from digest.desk import BUSY, CARE, GOOD, DeskAdmin, ReadOnlyInline, ask_first, count_of, number_lines

ON_ITS_WAY = "On its way"
STATE_COLOURS = {Edition.State.DRAFT.label: CARE, Edition.State.APPROVED.label: GOOD, ON_ITS_WAY: BUSY}
SUGGEST = "_suggest"


class PickInline(TabularInline):
    """The papers of an edition, in their order: drag by the handle."""

    model = Pick
    form = PickForm
    fields = ("paper", "note", "position")
    autocomplete_fields = ("paper",)
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    extra = 0
    verbose_name_plural = "Picks, in the order of the mail"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pick]:
        """Picks with their papers: the rows show them."""
        return super().get_queryset(request).select_related("paper")


class SettledPickInline(ReadOnlyInline):
    """The papers of an edition that can change no more."""

    model = Pick
    fields = ("paper", "note")
    verbose_name_plural = "Picks, in the order of the mail"
    per_page = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pick]:
        """Picks with their papers: the rows show them."""
        return super().get_queryset(request).select_related("paper")


@admin.register(Edition)
class EditionAdmin(DeskAdmin):
    """Editions: what the curators publish for a day, a week or a month."""

    form = EditionForm
    list_display = ("period", "in_words", "title", "pick_total", "standing", "approved_by", "approved_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("approved_by",)
    search_fields = ("period", "title")
    fieldsets = ((None, {"fields": (("kind", "period"), "title", "subject", "intro", "curator_name")}),)
    actions_detail: tuple[str, ...] = ("preview", "approve_edition", "reopen_edition")
    actions_submit_line = ("suggest",)
    change_form_template = "admin/edition_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        """Editions with their number of picks."""
        return super().get_queryset(request).annotate(pick_count=Count("picks"))

    def get_inlines(self, request: HttpRequest, obj: Edition | None) -> tuple[type[TabularInline], ...]:  # noqa: ARG002  # admin's signature
        """Picks to drag in a draft, picks to read after."""
        return (PickInline,) if _is_open(obj) else (SettledPickInline,)

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
        edition = Edition.objects.filter(pk=object_id).first() if object_id and object_id.isdecimal() else None
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
        if SUGGEST in request.POST:
            return self._suggest(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """After the suggest button, suggest and stay."""
        if SUGGEST in request.POST:
            return self._suggest(request, obj)
        return super().response_change(request, obj)

    def _suggest(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        # Here, not among the saving hooks: the rows that were typed must be in the database first.
        added = suggest_picks(edition=edition, limit=settings.DIGEST_SIZE)
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

    @action(description="Preview", permissions=["view"], icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The mail as a reader without interests would get it."""
        edition = self.find(object_id)
        context = {
            **self.admin_site.each_context(request),
            **describe_preview(edition, now=now()),
            "opts": self.opts,
            "original": edition,
            "title": f"Preview of {edition}",
            "back": _change_page(edition),
        }
        return TemplateResponse(request, "admin/edition_preview.html", context)

    @action(
        description="Approve", permissions=["change"], icon="check", variant=ActionVariant.PRIMARY, url_path="approve"
    )
    def approve_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first, naming the audience; then approve."""
        edition = self.find(object_id)
        if request.method != "POST":
            return self._ask_to_approve(request, edition)
        assert request.user.is_authenticated
        try:
            changed = approve(edition_id=edition.pk, user=request.user, now=now())
        except EditionNotReadyError as not_ready:
            for problem in not_ready.problems:
                messages.error(request, problem)
            return HttpResponseRedirect(_change_page(edition))
        if changed:
            self.log_change(request, edition, "Approved.")
            messages.success(request, f"{edition} is approved. Digests for {edition.period} will carry it.")
        else:
            messages.info(request, f"{edition} was approved already.")
        return HttpResponseRedirect(_change_page(edition))

    def _ask_to_approve(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        readers = audience(edition=edition)
        return ask_first(
            request,
            model_admin=self,
            title=f"Approve {edition}",
            question=f"{count_of(readers, 'active reader')} will get it in the digest for {edition.period}, "
            "each at the hour they chose. Nothing can be changed once the first digest is composed.",
            facts=[
                ("Period", f"{describe_period(edition.period)} ({edition.period})"),
                ("Picks", number_lines(pick.paper for pick in edition.picks.select_related("paper"))),
                ("Subject", edition.subject or "made from the first paper"),
                ("Signed by", edition.curator_name or settings.CURATOR_NAME),
            ],
            problems=find_problems(edition=edition),
            button="Approve",
            back=_change_page(edition),
        )

    @action(description="Back to draft", permissions=["change"], icon="undo", url_path="reopen")
    def reopen_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then take the approval back."""
        edition = self.find(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title=f"Take {edition} back to draft",
                question="Digests composed from now on go out without it until it is approved again.",
                button="Back to draft",
                back=_change_page(edition),
            )
        if reopen(edition_id=edition.pk, now=now()):
            self.log_change(request, edition, "Taken back to draft.")
            messages.success(request, f"{edition} is a draft again.")
        else:
            messages.error(
                request, f"{edition} stays as it is: it is a draft already, or its digests are on their way."
            )
        return HttpResponseRedirect(_change_page(edition))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only the buttons that make sense in the edition's state."""
        edition = Edition.objects.filter(pk=object_id).first()
        useless = self.list_useless(edition) if edition else set()
        return [one for one in super().get_actions_detail(request, object_id) if _name(one) not in useless]

    def list_useless(self, edition: Edition) -> set[str]:
        """The buttons that would change nothing."""
        if edition.state == Edition.State.DRAFT:
            return {"reopen_edition"}
        return {"approve_edition", "reopen_edition"} if edition.frozen_at else {"approve_edition"}

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Nothing to suggest for an edition that cannot change."""
        edition = Edition.objects.filter(pk=object_id).first() if object_id else None
        return list(super().get_actions_submit_line(request, object_id)) if _is_open(edition) else []

    def find(self, object_id: str) -> Edition:
        """The edition; a page that says so where there is none."""
        edition = Edition.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if edition is None:
            raise Http404("There is no such edition.")
        return edition

    def page_of(self, object_id: str) -> str:
        """The address of an edition's form."""
        return reverse("admin:composing_edition_change", args=[object_id])

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


def _change_page(edition: Edition) -> str:
    return reverse("admin:composing_edition_change", args=[edition.pk])


def _name(offered: Any) -> str:
    return str(offered.method.original_function_name)
