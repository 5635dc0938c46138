"""Feeds in three forms: of all papers, of a topic, of an edition, and a reader's own."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from digest.composing.models import Digest
from digest.papers.models import Paper, PaperQuerySet
from digest.papers.text import clean_line
from digest.web.editions import find_edition, papers_of
from digest.web.errors import show_not_found
from digest.web.feed_forms import Channel, Form, write_feed
from digest.web.headers import keep_private
from digest.web.listing import list_topics
from subscriptions.models import Subscriber

ITEMS = 50
DIGESTS = 10
NO_FORM = "Feeds end in .atom, .rss or .json."
BYLINE = "By {curator} and the research community"


@require_safe
def feed(request: HttpRequest, form: str = Form.ATOM) -> HttpResponse:
    """The papers listed last."""
    if form not in set(Form):
        return show_not_found(request, reason=NO_FORM)
    page = reverse("front")
    return write_feed(_channel(request, title="new papers", page=page, papers=latest()[:ITEMS]), Form(form))


@require_safe
def topic_feed(request: HttpRequest, slug: str, form: str = Form.ATOM) -> HttpResponse:
    """The papers listed last under one topic."""
    topic = next((topic for topic in list_topics() if topic.slug == slug), None)
    if topic is None or form not in set(Form):
        return show_not_found(request, reason="There is no topic of this name, so it has no feed.")
    page = f"{reverse('front')}?topic={quote(topic.slug)}"
    papers = latest().filter(topics=topic)[:ITEMS]
    return write_feed(_channel(request, title=topic.name, page=page, papers=papers), Form(form))


@require_safe
def edition_feed(request: HttpRequest, period: str, form: str) -> HttpResponse:
    """The papers of one edition, in the curators' order."""
    edition = find_edition(period)
    if edition is None or form not in set(Form):
        return show_not_found(request, reason="There is no edition of this name, so it has no feed.")
    page = reverse("edition", args=[edition.period])
    papers = papers_of(edition).prefetch_related("topics")
    return write_feed(_channel(request, title=str(edition), page=page, papers=papers), Form(form))


@require_safe
def own_feed(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """What a reader's digests held, for a feed reader. Who knows the key may read it."""
    person = Subscriber.objects.filter(feed_key=key).exclude(state=Subscriber.State.LEFT).first()
    if person is None or form not in set(Form):
        return show_not_found(request, reason="There is no feed at this address. It may have been taken down.")
    waiting = (Digest.State.PLANNED, Digest.State.EMPTY, Digest.State.SKIPPED)
    digests = person.digests.exclude(state__in=waiting).order_by("-slot_at")[:DIGESTS]
    ids = [entry["paper"] for digest in digests for entry in digest.entries]
    found = Paper.objects.all().published().prefetch_related("topics").in_bulk(ids)
    papers = [found[number] for number in dict.fromkeys(ids) if number in found]
    channel = _channel(request, title="my papers", page=reverse("front"), papers=papers)
    return keep_private(write_feed(channel, Form(form)))


def latest() -> PaperQuerySet:
    """Published papers, the ones listed last first, with their topics."""
    papers = Paper.objects.all().published().order_by("-listed_on", "-created_at", "-id")
    return papers.prefetch_related("topics")


def _channel(request: HttpRequest, *, title: str, page: str, papers: PaperQuerySet | list[Paper]) -> Channel:
    return Channel(
        title=f"{settings.SITE_NAME}: {clean_line(title)}",
        description=BYLINE.format(curator=settings.CURATOR_NAME),
        page_url=settings.SITE_URL + page,
        feed_url=settings.SITE_URL + request.get_full_path(),
        papers=papers,
    )
