"""Gathers what a listing page shows: which papers, of which days, in which order, and the ways from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import get_args
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import QueryDict

from digest.papers.catalogue import Order, day_neighbours, list_papers, nearest_day
from digest.papers.models import Paper, Topic
from digest.papers.text import clean_line
from digest.web.paging import cut_page
from digest.web.spans import Kind, Span, span_of

PAPERS_PER_PAGE, MOST_PER_PAGE = 30, 100
LONGEST_WORD = 200
NARROWED_BY = {"source": "source__name", "submitter": "submitter", "organisation": "organisation"}
ORDERS: tuple[Order, ...] = get_args(Order)
DEFAULT_ORDER: Order = "trending"
HEADINGS: dict[Order, str] = {"trending": "Trending papers", "votes": "Most voted papers", "newest": "Newest papers"}
# Other words for the orders and the page, as the reference listing spells them.
SORTS: dict[str, Order] = {"trending": "trending", "upvotes": "votes", "publishedAt": "newest"}
ORDER_LABELS: dict[Order, str] = {"trending": "Trending", "votes": "Votes", "newest": "Newest"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of a switch: its words, where it leads, whether it is where the visitor stands."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What the visitor asked for in the query string. Unknown words fall back to the plain listing."""

    order: Order
    topic: Topic | None
    # As typed; the paginator knows how to read it.
    page: str
    # A topic was named that does not exist.
    is_topic_unknown: bool
    # What else the papers must have, as typed: of one source, submitter or organisation.
    narrowing: Mapping[str, str] = field(default_factory=dict)
    per_page: int = PAPERS_PER_PAGE

    @property
    def conditions(self) -> dict[str, str]:
        """The narrowing as conditions on papers."""
        return {NARROWED_BY[name]: word for name, word in self.narrowing.items()}

    @property
    def narrowed_words(self) -> str:
        """The narrowing for a person to read: "submitter Mara Quill"."""
        return ", ".join(f"{name} {word}" for name, word in self.narrowing.items())

    def query(self, *, order: Order | None = None, topic: Topic | None = None, page: int = 1) -> str:
        """A query string that differs from the plain listing as little as needed: "?order=votes", or nothing."""
        words = {
            "order": "" if (order or self.order) == DEFAULT_ORDER else (order or self.order),
            "topic": topic.slug if topic else "",
            **self.narrowing,
            "limit": "" if self.per_page == PAPERS_PER_PAGE else str(self.per_page),
            "page": str(page) if page > 1 else "",
        }
        text = urlencode({name: word for name, word in words.items() if word})
        return f"?{text}" if text else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of papers and everything around it. `span` is None in an empty catalogue."""

    asked: Span
    span: Span
    filters: Filters
    page: Page[Paper]
    spans: list[Choice]
    orders: list[Choice]
    topics: list[Choice]
    earlier: Span | None
    later: Span | None
    newer_page: str
    older_page: str

    @property
    def heading(self) -> str:
        """What the list is, for the page's first heading."""
        about = f" in {self.filters.topic.name}" if self.filters.topic else ""
        return f"{HEADINGS[self.filters.order]}{about}"

    @property
    def kept_query(self) -> str:
        """Order and topic for a link to another span."""
        return self.filters.query(topic=self.filters.topic)

    @property
    def all_topics_url(self) -> str:
        """The same listing without a topic."""
        return self.topics[0].url

    @property
    def shows_days(self) -> bool:
        """Whether cards tell when their papers were listed."""
        return self.filters.order == "newest" or self.span.kind is not Kind.DAY

    @property
    def is_elsewhere(self) -> bool:
        """Nothing was listed in the span asked for; the nearest one is shown."""
        return self.asked != self.span


def read_filters(query: QueryDict, topics: list[Topic]) -> Filters:
    """The visitor's wishes, checked against what exists. Never raises, whatever was typed."""
    slug = query.get("topic", "")
    topic = next((topic for topic in topics if topic.slug == slug), None)
    asked = query.get("order") or SORTS.get(query.get("sort", ""), "")
    order = next((order for order in ORDERS if order == asked), DEFAULT_ORDER)
    narrowing = {name: clean_line(query.get(name, ""))[:LONGEST_WORD] for name in NARROWED_BY}
    return Filters(
        order=order,
        topic=topic,
        page=query.get("page") or query.get("p", "1"),
        is_topic_unknown=bool(slug) and topic is None,
        narrowing={name: word for name, word in narrowing.items() if word},
        per_page=_read_limit(query.get("limit", "")),
    )


def _read_limit(text: str) -> int:
    """How many papers a page: from 1 to 100, or as many as usual."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PER_PAGE))
    return min(int(text), MOST_PER_PAGE) or PAPERS_PER_PAGE if is_number else PAPERS_PER_PAGE


def list_topics() -> list[Topic]:
    """The topics a visitor may filter by."""
    return list(Topic.objects.filter(is_active=True))


def gather_listing(*, asked: Span, filters: Filters, topics: list[Topic], path: str) -> Listing | None:
    """The page for a span, or for the nearest span that lists papers. None where no paper is listed at all.

    `path` is the address that filters and page links keep.
    """
    nearest = nearest_day(day=asked.last)
    if nearest is None:
        return None
    span = asked if asked.first <= nearest <= asked.last else span_of(asked.kind, nearest)
    papers = list_papers(first=span.first, last=span.last, order=filters.order, topic=filters.topic)
    papers = papers.filter(**filters.conditions)
    page = cut_page(papers, filters.page, per_page=filters.per_page)
    earlier, later = _neighbours(span)
    return Listing(
        asked=asked,
        span=span,
        filters=filters,
        page=page,
        spans=_span_choices(span, min(nearest, span.last), filters),
        orders=[
            Choice(ORDER_LABELS[order], path + filters.query(order=order, topic=filters.topic), order == filters.order)
            for order in ORDERS
        ],
        topics=_topic_choices(topics, filters, path),
        earlier=earlier,
        later=later,
        newer_page=_page_link(page.number - 1, page, filters, path),
        older_page=_page_link(page.number + 1, page, filters, path),
    )


def _neighbours(span: Span) -> tuple[Span | None, Span | None]:
    """The spans of the same kind before and after, leaping over those without papers."""
    before, after = day_neighbours(first=span.first, last=span.last)
    return _span_or_none(span.kind, before), _span_or_none(span.kind, after)


def _span_or_none(kind: Kind, day: date | None) -> Span | None:
    return span_of(kind, day) if day else None


def _span_choices(span: Span, day: date, filters: Filters) -> list[Choice]:
    query = filters.query(topic=filters.topic)
    return [Choice(kind.title(), span_of(kind, day).url + query, kind is span.kind) for kind in Kind]


def _topic_choices(topics: list[Topic], filters: Filters, path: str) -> list[Choice]:
    every = Choice("All topics", path + filters.query(), filters.topic is None)
    return [every] + [Choice(topic.name, path + filters.query(topic=topic), topic == filters.topic) for topic in topics]


def _page_link(number: int, page: Page[Paper], filters: Filters, path: str) -> str:
    if not 1 <= number <= page.paginator.num_pages:
        return ""
    return path + filters.query(topic=filters.topic, page=number)
