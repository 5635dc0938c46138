"""One paper: its page, and the same as BibTeX, RIS, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.composing.models import Edition, Pick
from digest.papers.models import Paper
from digest.papers.search import find_similar
from digest.rendering.mathtext import plain_math
from digest.web.citations import present_paper, write_bibtex, write_markdown, write_ris
from digest.web.errors import show_not_found
from digest.web.reader_pages import marks_of
from digest.web.spans import Kind, span_of
from subscriptions.claiming import confirmed_profiles

# The largest key a database column of ours can hold.
LARGEST_KEY = 2**63 - 1
MOST_SIMILAR = 5
MOST_NEWS = 10
NOT_HERE = "There is no paper at this address, or it is no longer listed."
TEXT_FORMS: dict[str, tuple[str, Callable[[Paper], str]]] = {
    "bib": ("application/x-bibtex; charset=utf-8", write_bibtex),
    "ris": ("application/x-research-info-systems; charset=utf-8", write_ris),
    "md": ("text/markdown; charset=utf-8", write_markdown),
}


@dataclass(frozen=True, slots=True)
class Author:
    """A name on a paper, whether its bearer was confirmed, and where it leads."""

    name: str
    is_confirmed: bool
    profile_url: str


@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """All we know about one paper. Those waiting for a curator or hidden do not exist for visitors."""
    found = find_paper(pk)
    if found is None:
        return show_not_found(request, reason=NOT_HERE)
    return show_paper(request, found)


def show_paper(request: HttpRequest, found: Paper, *, is_counted: bool = False) -> HttpResponse:
    """The page of a paper; `is_counted`: it tells the site that it was opened."""
    return render(
        request,
        "site/paper.html",
        {
            "paper": found,
            "links": links_of(found),
            "authors": authors_of(found),
            "notes": curators_notes(found),
            "day": span_of(Kind.DAY, found.listed_on),
            "month": span_of(Kind.MONTH, found.listed_on),
            "news": found.news.all()[:MOST_NEWS],
            "similar": similar_papers(found),
            "marks": marks_of(request, found),
            "is_counted": is_counted,
            "canonical": found.get_absolute_url(),
            "has_formulas": any(mark in found.title + found.abstract for mark in ("$", "\\(")),
        },
    )


@require_safe
def abstract(request: HttpRequest, pk: int) -> HttpResponse:
    """The abstract alone, as plain text, for a card that is opened."""
    found = find_paper(pk)
    if found is None:
        return show_not_found(request, reason=NOT_HERE)
    return HttpResponse(plain_math(found.abstract), content_type="text/plain; charset=utf-8")


@require_safe
def paper_as(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The paper for a reference manager or another program."""
    found = find_paper(pk) if form == "json" or form in TEXT_FORMS else None
    if found is None:
        return show_not_found(request, reason=NOT_HERE)
    if form == "json":
        return JsonResponse(present_paper(found))
    content_type, write = TEXT_FORMS[form]
    # As a file to save: what strangers wrote must not be taken for a page of ours.
    headers = {"Content-Disposition": f'attachment; filename="paper-{pk}.{form}"'}
    return HttpResponse(write(found), content_type=content_type, headers=headers)


def find_paper(pk: int) -> Paper | None:
    """A paper that visitors may see."""
    papers = Paper.objects.all().published().select_related("source").prefetch_related("topics")
    return papers.filter(pk=pk).first() if pk <= LARGEST_KEY else None


def similar_papers(paper: Paper) -> list[Paper]:
    """The papers nearest in meaning, nearest first."""
    ids = find_similar(paper_id=paper.pk, limit=MOST_SIMILAR)
    found = Paper.objects.all().published().in_bulk(ids)
    return [found[number] for number in ids if number in found]


def authors_of(paper: Paper) -> list[Author]:
    """The authors in order; those who claimed the paper and were confirmed carry a mark."""
    profiles = confirmed_profiles(paper)
    return [Author(str(name), str(name) in profiles, profiles.get(str(name), "")) for name in paper.authors]


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
        ("Picture", paper.thumbnail_url),
    ]
    return [(label, address) for label, address in links if address]


def curators_notes(paper: Paper) -> QuerySet[Pick]:
    """What curators wrote about a paper in editions they approved, latest first."""
    return (
        Pick.objects.filter(paper=paper, edition__state=Edition.State.APPROVED)
        .exclude(note="")
        .exclude(section=Pick.Section.LEFT_OUT)
        .select_related("edition")
        .order_by("-edition__approved_at", "-id")
    )
