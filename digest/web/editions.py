"""The archive: a public page for every edition the curators approved. Holds nothing about any reader."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from digest.composing.models import Edition, Pick
from digest.composing.periods import days_of
from digest.papers.models import Paper, PaperQuerySet
from digest.rendering.markdown import intro_to_html
from digest.web.errors import show_not_found
from digest.web.spans import Kind, span_of

EDITIONS_PER_PAGE = 40


@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """Every edition, latest first."""
    page = Paginator(public_editions(), EDITIONS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(each, name_days(each)) for each in page]
    return render(request, "site/editions.html", {"page": page, "rows": rows})


@require_safe
def edition(request: HttpRequest, period: str) -> HttpResponse:
    """One edition: the curators' words and their papers in order."""
    found = find_edition(period)
    if found is None:
        return show_not_found(request, reason="There is no edition of this name, or it is not out yet.")
    picks = published_picks(found).select_related("paper").prefetch_related("paper__topics")
    context = {"edition": found, "days": name_days(found), "picks": picks, "intro": intro_to_html(found.intro)}
    return render(request, "site/edition.html", context | {"canonical": request.path})


def name_days(edition: Edition) -> str:
    """The days an edition is for, in words."""
    return span_of(Kind(edition.kind), days_of(edition.period)[0]).title


def public_editions() -> QuerySet[Edition]:
    """Approved ones whose days have begun and that hold papers."""
    shown = Pick.objects.all().shown().filter(edition=OuterRef("pk"), paper__state=Paper.State.APPROVED)
    approved = Edition.objects.filter(Exists(shown.order_by()), state=Edition.State.APPROVED)
    begun = [row.pk for row in approved.only("period") if days_of(row.period)[0] <= now().date()]
    counted = Edition.objects.filter(pk__in=begun).annotate(
        papers=Count("picks", filter=~Q(picks__section=Pick.Section.LEFT_OUT))
    )
    return counted.order_by("-approved_at", "-id")


def find_edition(period: str) -> Edition | None:
    """The public edition of this name."""
    return public_editions().filter(period=period[:20]).first()


def published_picks(edition: Edition) -> QuerySet[Pick]:
    """Its picks that visitors may see."""
    return edition.picks.shown().filter(paper__state=Paper.State.APPROVED)


def papers_of(edition: Edition) -> PaperQuerySet:
    """Its papers, in the curators' order."""
    shown = edition.picks.shown().order_by().values("pk")
    papers = Paper.objects.all().published().filter(picks__in=shown)
    return papers.order_by("-picks__section", "picks__position", "picks__id")
