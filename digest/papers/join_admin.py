"""The page that shows two papers side by side and makes one of them, field by field as a curator chooses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action

from digest.desk import DeskAdmin
from digest.papers.decision_admin import tell_decision
from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.joining import CannotJoinError, compare, find_twins, join_papers
from digest.papers.models import Paper

STALE = "One of the two was changed after you opened the page, so nothing was merged. Look at them again."


class JoinAdmin(DeskAdmin):
    """Adds merging to a paper's page."""

    actions_detail: tuple[str, ...] = ("merge",)

    @action(description="Merge", permissions=["change"], icon="merge", url_path="merge")
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which other paper, then which value of each field; a post merges them."""
        kept = _find(object_id)
        if kept is None:
            raise Http404("There is no such paper.")
        asked = (request.POST if request.method == "POST" else request.GET).get("with", "")
        other = look_up(asked)
        if request.method == "POST":
            return self._merge(request, kept, other)
        if other == kept:
            other = None
        if asked and other is None:
            messages.warning(request, "There is no other paper of that number, id or title.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": kept,
            "title": f"Merge “{kept}”",
            "kept": kept,
            "other": other,
            "differences": compare(kept, other) if other else [],
            "version": _version(kept, other) if other else "",
            "twins": [] if other else find_twins(kept),
            "back": reverse("admin:papers_paper_change", args=[kept.pk]),
        }
        return TemplateResponse(request, "admin/paper_merge.html", context)

    def _merge(self, request: HttpRequest, kept: Paper, other: Paper | None) -> HttpResponse:
        if not self.has_change_permission(request, kept):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse("admin:papers_paper_change", args=[kept.pk]))
        if other is None or request.POST.get("version") != _version(kept, other):
            messages.error(request, STALE)
            return HttpResponseRedirect(f"{request.path}?with={other.pk}") if other else back
        theirs = {name for name, chosen in request.POST.items() if chosen == "theirs"}
        try:
            decision = join_papers(
                kept_id=kept.pk, other_id=other.pk, theirs=theirs, user_id=request.user.pk, now=now()
            )
        except CannotJoinError as problem:
            messages.error(request, str(problem))
        else:
            tell_decision(request, decision, selected=decision.count)
        return back


def look_up(typed: str) -> Paper | None:
    """A paper by its number here, its arXiv id or DOI, an address with one of these, or its whole title."""
    typed = typed.strip()
    if typed.isdecimal() and (found := _find(typed)):
        return found
    names = Q(title__iexact=typed)
    if arxiv := parse_arxiv_id(typed):
        names |= Q(arxiv_id=arxiv.base)
    if doi := parse_doi(typed):
        names |= Q(doi=doi)
    return Paper.objects.filter(names).order_by("pk").first() if typed else None


def _find(typed: str) -> Paper | None:
    return Paper.objects.filter(pk=int(typed[:18])).first() if typed.isdecimal() else None


def _version(kept: Paper, other: Any) -> str:
    """What the page shows of the two, as a mark to compare."""
    return f"{kept.updated_at.isoformat()} {other.updated_at.isoformat()}"
