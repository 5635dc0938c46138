"""What was decided at the desk, by whom, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from digest.desk import CARE, GOOD, QUIET, ReadOnlyAdmin, ask_first, count_of, find_row, number_lines
from digest.papers.deciding import undo
from digest.papers.models import Decision, Paper

SHOWN = 50
COLOURS = {"Stands": GOOD, "Taken back": QUIET, "?": CARE}


class DecisionAdmin(ReadOnlyAdmin):
    """Decisions, the latest first. Nobody edits one; who may change papers takes one back."""

    list_display = ("made_at", "kind", "count", "made_by", "standing")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("made_by",)
    fields = ("kind", "count", "made_by", "made_at", "undone_at", "papers")
    readonly_fields = ("papers",)
    actions_detail = ("undo_decision",)

    def has_undo_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # the skin's signature
        """Taking back is deciding."""
        return request.user.has_perm("papers.change_paper")

    @action(description="Undo", permissions=["undo"], icon="undo", url_path="undo")
    def undo_decision(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then put back what nobody decided about since."""
        decision = find_row(Decision, object_id)
        if decision is None:
            raise Http404("There is no such decision.")
        back = request.POST.get("back") or reverse("admin:papers_decision_change", args=[decision.pk])
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title="Take a decision back",
                question=f"{count_of(decision.count, 'paper goes', 'papers go')} back to what they were before: "
                f"{decision.get_kind_display().lower()}. Those decided about since stay as they are.",
                button="Undo",
                back=back,
                problems=["It was taken back already."] if decision.undone_at else [],
            )
        changed = undo(decision, user_id=request.user.pk, now=now())
        if changed:
            messages.success(request, f"{count_of(changed, 'paper is', 'papers are')} as before.")
        else:
            messages.info(request, "Nothing was changed: it was taken back already, or decided about since.")
        local = back.startswith("/") and not back.startswith("//")
        return HttpResponseRedirect(back if local else reverse("admin:papers_paper_changelist"))

    @display(description="State", label=COLOURS)
    def standing(self, obj: Decision) -> str:
        """Whether it still stands."""
        return "Taken back" if obj.undone_at else "Stands"

    @display(description="Papers")
    def papers(self, obj: Decision) -> Any:
        """The first of the papers it was about."""
        titles = Paper.objects.filter(pk__in=[int(pk) for pk in obj.before][:SHOWN]).values_list("title", flat=True)
        return number_lines(titles)


def tell_decision(request: HttpRequest, decision: Decision | None, *, selected: int) -> None:
    """Say how many papers changed, how many were so already, and where to undo it."""
    changed = decision.count if decision else 0
    rest = f" {count_of(selected - changed, 'was', 'were')} so already." if selected > changed else ""
    if decision is None:
        messages.info(request, f"Nothing changed.{rest}")
        return
    way_back = reverse("admin:papers_decision_undo_decision", args=[decision.pk])
    words = f"{count_of(changed, 'paper')} {decision.get_kind_display().lower()}.{rest}"
    messages.success(request, format_html('{} <a class="desk-link" href="{}">Undo</a>', words, way_back))
