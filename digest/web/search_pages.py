"""The search page: a form and its results, whole without JavaScript, in part for htmx while typing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from digest.papers.models import Paper
from digest.papers.search import Hit, find_papers
from digest.rendering.mathtext import plain_math
from digest.web.errors import show_not_found
from digest.web.feed_forms import Channel, Form, write_feed
from digest.web.highlights import cut_snippet, mark_words
from digest.web.listing import list_topics
from digest.web.pace import paced
from digest.web.wishes import list_sources, read_wish

PER_PAGE = 20
FEED_ITEMS = 50
SHOWN = ("title", "abstract", "authors", "votes", "listed_on", "withdrawn_at")
FEEDS = [("Atom", Form.ATOM), ("RSS", Form.RSS), ("JSON", Form.JSON)]
REASONS = {"exact": "The paper you named", "words": "Holds your words", "meaning": "Near in meaning"}


@dataclass(frozen=True, slots=True)
class Result:
    """A found paper with the reason, and its text with the asked-for words marked."""

    paper: Paper
    kind: str
    reason: str
    title: SafeString
    snippet: SafeString


@require_safe
@paced
def search(request: HttpRequest) -> HttpResponse:
    """Papers by words, id, quoted phrase and meaning."""
    topics = list_topics()
    wish = read_wish(request.GET, topics)
    found = find_papers(query=wish.query, limit=PER_PAGE, offset=(wish.page - 1) * PER_PAGE, narrowing=wish.narrowing)
    context = {
        "wish": wish,
        "topics": topics,
        "sources": list_sources(),
        "notice": found.notice,
        "results": list(_present(found.hits)),
        "total": found.total,
        "first": (wish.page - 1) * PER_PAGE + 1,
        "earlier": wish.url(page=wish.page - 1) if wish.page > 1 else "",
        "later": wish.url(page=wish.page + 1) if wish.page * PER_PAGE < found.total else "",
        "feeds": [(label, wish.url(path=reverse("search-feed", args=[form]))) for label, form in FEEDS],
    }
    is_part = request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    response = render(request, "site/_results.html" if is_part else "site/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@paced
def search_feed(request: HttpRequest, form: str) -> HttpResponse:
    """A search that a feed reader repeats."""
    if form not in set(Form):
        return show_not_found(request, reason="Feeds end in .atom, .rss or .json.")
    wish = read_wish(request.GET, list_topics())
    hits = find_papers(query=wish.query, limit=FEED_ITEMS, narrowing=wish.narrowing).hits
    papers = Paper.objects.all().published().filter(pk__in=[hit.paper_id for hit in hits])
    channel = Channel(
        title=f"{settings.SITE_NAME}: {wish.query or 'search'}",
        description=f"Papers found for “{wish.query}”",
        page_url=settings.SITE_URL + wish.url(),
        feed_url=settings.SITE_URL + wish.url(path=request.path),
        papers=papers.order_by("-listed_on", "-id").prefetch_related("topics"),
    )
    return write_feed(channel, Form(form))


def _present(hits: list[Hit]) -> Iterator[Result]:
    shown = Paper.objects.all().published().only(*SHOWN).prefetch_related("topics")
    papers = shown.in_bulk([hit.paper_id for hit in hits])
    for hit in hits:
        if paper := papers.get(hit.paper_id):
            title, abstract = plain_math(paper.title), plain_math(paper.abstract)
            snippet = mark_words(cut_snippet(abstract, hit.words), hit.words)
            yield Result(paper, hit.kind, REASONS[hit.kind], mark_words(title, hit.words), snippet)
