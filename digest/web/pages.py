"""The listing pages: front, day, week and month. Each answers with papers whenever there are any at all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from digest.web.errors import show_not_found
from digest.web.listing import gather_listing, list_topics, read_filters
from digest.web.spans import BadSpanError, Kind, Span, read_span, span_of

# Query words of the front page that name a span.
NAMED_SPANS = {"date": Kind.DAY, "week": Kind.WEEK, "month": Kind.MONTH}


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """This week's papers, or those of the date, week or month that the query names."""
    for word, kind in NAMED_SPANS.items():
        if name := request.GET.get(word):
            return _lead_to_span(request, word, kind, name)
    return _show_listing(request, span_of(Kind.WEEK, now().date()), is_front=True)


@require_safe
def day(request: HttpRequest, name: str) -> HttpResponse:
    """The papers of one day."""
    return _show_named(request, Kind.DAY, name)


@require_safe
def week(request: HttpRequest, name: str) -> HttpResponse:
    """The papers of one ISO week."""
    return _show_named(request, Kind.WEEK, name)


@require_safe
def month(request: HttpRequest, name: str) -> HttpResponse:
    """The papers of one month."""
    return _show_named(request, Kind.MONTH, name)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may visit."""
    return render(request, "site/robots.txt", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the shape of a view
    """Where browsers look for the picture of a page that names none, such as a feed."""
    return HttpResponseRedirect(static("favicon.ico"))


def _lead_to_span(request: HttpRequest, word: str, kind: Kind, name: str) -> HttpResponse:
    """To the span's own address, with everything else that was asked for."""
    try:
        span = read_span(kind, name)
    except BadSpanError as trouble:
        return show_not_found(request, reason=str(trouble), suggestion=trouble.suggestion)
    query = request.GET.copy()
    del query[word]
    return HttpResponseRedirect(span.url + (f"?{query.urlencode()}" if query else ""))


def _show_named(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    try:
        span = read_span(kind, name)
    except BadSpanError as trouble:
        return show_not_found(request, reason=str(trouble), suggestion=trouble.suggestion)
    return _show_listing(request, span)


def _show_listing(request: HttpRequest, asked: Span, *, is_front: bool = False) -> HttpResponse:
    topics = list_topics()
    filters = read_filters(request.GET, topics)
    path = reverse("front") if is_front else asked.url
    listing = gather_listing(asked=asked, filters=filters, topics=topics, path=path)
    if listing is None:
        return render(request, "site/empty.html")
    canonical = path if is_front else listing.span.url
    query = filters.query(topic=filters.topic, page=listing.page.number)
    return render(
        request,
        "site/listing.html",
        {"listing": listing, "filters": filters, "is_front": is_front, "canonical": canonical + query},
    )
