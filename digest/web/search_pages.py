"""The search page: a form and its results, whole without JavaScript, in part for htmx while typing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from digest.papers.models import Paper, Topic
from digest.papers.search import Hit, find_papers
from digest.papers.text import clean_line
from digest.rendering.mathtext import plain_math
from digest.web.errors import show_not_found
from digest.web.feed_forms import Channel, Form, write_feed
from digest.web.highlights import cut_snippet, mark_words
from digest.web.listing import list_topics

PER_PAGE = 20
LAST_PAGE = 500
LONGEST_QUERY = 500
FEED_ITEMS = 50
REASONS = {"exact": "The paper you named", "words": "Holds your words", "meaning": "Near in meaning"}


@dataclass(frozen=True, slots=True)
class Result:
    """A found paper with the reason, and its text with the asked-for words marked."""

    paper: Paper
    kind: str
    reason: str
    title: SafeString
    snippet: SafeString


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor looks for. Whatever was typed, it is one of these."""

    query: str
    topic: Topic | None
    page: int
    was_cut: bool

    def url(self, *, page: int = 1, path: str = "") -> str:
        """The address of this search."""
        words = {"q": self.query, "topic": self.topic.slug if self.topic else "", "page": page if page > 1 else ""}
        kept = {name: word for name, word in words.items() if word}
        return (path or reverse("search")) + (f"?{urlencode(kept)}" if kept else "")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Papers by words, id, quoted phrase and meaning."""
    topics = list_topics()
    wish = read_wish(request, topics)
    found = find_papers(query=wish.query, limit=PER_PAGE, offset=(wish.page - 1) * PER_PAGE, topic=wish.topic)
    context = {
        "wish": wish,
        "topics": topics,
        "results": list(_present(found.hits)),
        "total": found.total,
        "first": (wish.page - 1) * PER_PAGE + 1,
        "earlier": wish.url(page=wish.page - 1) if wish.page > 1 else "",
        "later": wish.url(page=wish.page + 1) if wish.page * PER_PAGE < found.total else "",
        "feed_address": wish.url(path=reverse("search-feed", args=["atom"])),
    }
    is_part = request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    response = render(request, "site/_results.html" if is_part else "site/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def search_feed(request: HttpRequest, form: str) -> HttpResponse:
    """A search that a feed reader repeats."""
    if form not in set(Form):
        return show_not_found(request, reason="Feeds end in .atom, .rss or .json.")
    wish = read_wish(request, list_topics())
    hits = find_papers(query=wish.query, limit=FEED_ITEMS, topic=wish.topic).hits
    papers = Paper.objects.all().published().filter(pk__in=[hit.paper_id for hit in hits])
    channel = Channel(
        title=f"{settings.SITE_NAME}: {wish.query or 'search'}",
        description=f"Papers found for “{wish.query}”",
        page_url=settings.SITE_URL + wish.url(),
        feed_url=settings.SITE_URL + wish.url(path=request.path),
        papers=papers.order_by("-listed_on", "-id").prefetch_related("topics"),
    )
    return write_feed(channel, Form(form))


def read_wish(request: HttpRequest, topics: list[Topic]) -> Wish:
    """The query string as a wish. Never raises."""
    typed = clean_line(request.GET.get("q", ""))
    slug, page = request.GET.get("topic", ""), request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len("10000") else 1
    return Wish(
        query=typed[:LONGEST_QUERY].strip(),
        topic=next((topic for topic in topics if topic.slug == slug), None),
        page=min(max(number, 1), LAST_PAGE),
        was_cut=len(typed) > LONGEST_QUERY,
    )


def _present(hits: list[Hit]) -> Iterator[Result]:
    papers = Paper.objects.all().published().prefetch_related("topics").in_bulk([hit.paper_id for hit in hits])
    for hit in hits:
        if paper := papers.get(hit.paper_id):
            title, abstract = plain_math(paper.title), plain_math(paper.abstract)
            snippet = mark_words(cut_snippet(abstract, hit.words), hit.words)
            yield Result(paper, hit.kind, REASONS[hit.kind], mark_words(title, hit.words), snippet)
