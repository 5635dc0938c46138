"""Atom feeds of newly listed papers: all of them, or those of one topic."""

from __future__ import annotations

from datetime import UTC, datetime, time
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.http import require_safe

from digest.papers.models import Paper, Topic
from digest.papers.text import clean_line, clean_text
from digest.rendering.mathtext import plain_math
from digest.web.errors import show_not_found
from digest.web.listing import list_topics

ITEMS = 50


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The papers listed last."""
    return _answer(topic=None, path=request.path)


@require_safe
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The papers listed last under one topic."""
    topic = next((topic for topic in list_topics() if topic.slug == slug), None)
    if topic is None:
        return show_not_found(request, reason="There is no topic of this name, so it has no feed.")
    return _answer(topic=topic, path=request.path)


def _answer(*, topic: Topic | None, path: str) -> HttpResponse:
    papers = Paper.objects.all().published().order_by("-listed_on", "-created_at", "-id").prefetch_related("topics")
    if topic is not None:
        papers = papers.filter(topics=topic)
    atom = Atom1Feed(
        title=f"{settings.SITE_NAME}: {clean_line(topic.name) if topic else 'new papers'}",
        link=settings.SITE_URL + reverse("front") + (f"?topic={quote(topic.slug)}" if topic else ""),
        description=f"By {settings.CURATOR_NAME} and the research community",
        feed_url=settings.SITE_URL + path,
    )
    for paper in papers[:ITEMS]:
        _add(atom, paper)
    return HttpResponse(atom.writeString("utf-8"), content_type=atom.content_type)


def _add(atom: Atom1Feed, paper: Paper) -> None:
    atom.add_item(
        title=clean_line(plain_math(paper.title)),
        link=settings.SITE_URL + paper.get_absolute_url(),
        # Atom takes a summary for HTML.
        description=escape(clean_text(plain_math(paper.abstract))),
        author_name=clean_line(", ".join(str(name) for name in paper.authors)),
        categories=[clean_line(topic.name) for topic in paper.topics.all()],
        pubdate=datetime.combine(paper.listed_on, time(), UTC),
        updateddate=paper.updated_at,
    )
