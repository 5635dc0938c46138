"""The queue of papers that wait for a curator: best first, decided with a key, many at once, with a way back."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action
from unfold.enums import ActionVariant

from digest.composing.reach import count_reach
from digest.papers.admin import PaperAdmin
from digest.papers.deciding import decide
from digest.papers.decision_admin import tell_decision
from digest.papers.models import Decision, Paper, Topic

SHOWN = 40
# So many of the best trending are put into the order of reach.
LOOKED_AT = 300
KINDS = {
    "approve": Decision.Kind.APPROVED,
    "hide": Decision.Kind.HIDDEN,
    "withdraw": Decision.Kind.WITHDRAWN,
    "file": Decision.Kind.FILED,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A paper of the queue, and how many readers follow something it is about."""

    paper: Paper
    reach: int


class IncomingAdmin(PaperAdmin):
    """Adds the queue to the list of papers."""

    actions_list: tuple[str, ...] = ("incoming",)

    @action(
        description="Incoming", permissions=["view"], icon="inbox", variant=ActionVariant.PRIMARY, url_path="incoming"
    )
    def incoming(self, request: HttpRequest) -> HttpResponse:
        """Show the queue; a post decides about what was chosen."""
        if request.method == "POST":
            return self._decide(request)
        by_reach = request.GET.get("by") == "reach"
        queue = list_waiting(by_reach=by_reach)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Incoming papers",
            "queue": queue[:SHOWN],
            "total": Paper.objects.filter(state=Paper.State.PENDING).count(),
            "by_reach": by_reach,
            "may_decide": self.has_change_permission(request),
            "topics": Topic.objects.filter(is_active=True),
            "decisions": Decision.objects.filter(undone_at=None).select_related("made_by")[:3],
            "back": reverse("admin:papers_paper_changelist"),
        }
        return TemplateResponse(request, "admin/incoming.html", context)

    def _decide(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        ids = [int(pk) for pk in request.POST.getlist("paper") if pk.isdecimal()]
        papers = Paper.objects.filter(pk__in=ids)
        if request.POST.get("decision") == "merge":
            return _compare(request, ids)
        kind = KINDS.get(request.POST.get("decision", ""))
        if kind is not None:
            topics = [int(pk) for pk in request.POST.getlist("topic") if pk.isdecimal()]
            decision = decide(papers, kind=kind, user_id=request.user.pk, now=now(), topics=topics)
            tell_decision(request, decision, selected=len(ids))
        return HttpResponseRedirect(request.get_full_path())


def _compare(request: HttpRequest, ids: list[int]) -> HttpResponse:
    """Two are compared at once; for one alone its twins are looked for."""
    if len(ids) not in {1, 2}:
        messages.warning(request, "Choose the two papers that are the same, or one to look for its twins.")
        return HttpResponseRedirect(request.get_full_path())
    page = reverse("admin:papers_paper_merge", args=[min(ids)])
    return HttpResponseRedirect(f"{page}?with={max(ids)}" if len(ids) > 1 else page)


def list_waiting(*, by_reach: bool) -> list[Waiting]:
    """The queue in one of its two orders; ties in reach fall to what trends."""
    waiting = Paper.objects.filter(state=Paper.State.PENDING, embargo_until=None).trending()
    papers = list(waiting.select_related("source").prefetch_related("topics")[: LOOKED_AT if by_reach else SHOWN])
    reach = count_reach(papers)
    queue = [Waiting(paper, reach[paper.pk]) for paper in papers]
    return sorted(queue, key=lambda one: -one.reach) if by_reach else queue
