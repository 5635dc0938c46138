"""The page of one paper."""

from __future__ import annotations

from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.composing.models import Edition, Pick
from digest.papers.models import Paper
from digest.web.errors import show_not_found
from digest.web.spans import Kind, span_of

# The largest key a database column of ours can hold.
LARGEST_KEY = 2**63 - 1


@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """All we know about one paper. Those waiting for a curator or hidden do not exist for visitors."""
    papers = Paper.objects.all().published().select_related("source").prefetch_related("topics")
    found = papers.filter(pk=pk).first() if pk <= LARGEST_KEY else None
    if found is None:
        return show_not_found(request, reason="There is no paper at this address, or it is no longer listed.")
    return render(
        request,
        "site/paper.html",
        {
            "paper": found,
            "links": links_of(found),
            "notes": curators_notes(found),
            "day": span_of(Kind.DAY, found.listed_on),
            "canonical": found.get_absolute_url(),
        },
    )


def links_of(paper: Paper) -> list[tuple[str, str]]:
    """Where a paper leads, as (label, address); the first is the one to read it. Templates drop what is not https."""
    arxiv = quote(paper.arxiv_id or "", safe="/.")
    links = [
        ("arXiv page", f"https://arxiv.org/abs/{arxiv}" if arxiv else ""),
        ("PDF", f"https://arxiv.org/pdf/{arxiv}" if arxiv else ""),
        ("Publisher", f"https://doi.org/{quote(paper.doi, safe='/.:;()')}" if paper.doi else ""),
        ("Paper", "" if arxiv else paper.url),
        ("Code", paper.code_url),
        ("Project page", paper.project_url),
        ("Discussion", paper.discussion_url),
    ]
    return [(label, address) for label, address in links if address]


def curators_notes(paper: Paper) -> QuerySet[Pick]:
    """What curators wrote about a paper in editions they approved, latest first."""
    return (
        Pick.objects.filter(paper=paper, edition__state=Edition.State.APPROVED)
        .exclude(note="")
        .select_related("edition")
        .order_by("-edition__approved_at", "-id")
    )
