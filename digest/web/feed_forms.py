"""A run of papers as Atom, RSS or JSON Feed. Decides nothing about which papers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum

from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.html import escape

from digest.papers.models import Paper
from digest.papers.text import clean_line, clean_text
from digest.rendering.mathtext import plain_math
from digest.web.citations import address_of


class Form(StrEnum):
    """How a feed is written; also the ending of its address."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"


WRITERS: dict[Form, type[Atom1Feed | Rss201rev2Feed]] = {Form.ATOM: Atom1Feed, Form.RSS: Rss201rev2Feed}


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says of itself, with its papers, latest first and their topics at hand."""

    title: str
    description: str
    page_url: str
    feed_url: str
    papers: Iterable[Paper]


def write_feed(channel: Channel, form: Form) -> HttpResponse:
    """The feed as an answer."""
    if form is Form.JSON:
        text = json.dumps(_json_feed(channel), ensure_ascii=False, indent=1)
        return HttpResponse(text, content_type="application/feed+json; charset=utf-8")
    feed = WRITERS[form](
        title=channel.title, link=channel.page_url, description=channel.description, feed_url=channel.feed_url
    )
    for paper in channel.papers:
        feed.add_item(
            title=_title(paper),
            link=address_of(paper),
            # Both take a summary for HTML.
            description=escape(_text(paper)),
            author_name=_authors(paper),
            categories=[clean_line(topic.name) for topic in paper.topics.all()],
            pubdate=_listed_at(paper),
            updateddate=paper.updated_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _json_feed(channel: Channel) -> dict[str, object]:
    """JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "description": channel.description,
        "home_page_url": channel.page_url,
        "feed_url": channel.feed_url,
        "items": [
            {
                "id": address_of(paper),
                "url": address_of(paper),
                "title": _title(paper),
                "content_text": _text(paper),
                "authors": [{"name": clean_line(str(name))} for name in paper.authors],
                "tags": [clean_line(topic.name) for topic in paper.topics.all()],
                "date_published": _listed_at(paper).isoformat(),
                "date_modified": paper.updated_at.isoformat(),
            }
            for paper in channel.papers
        ],
    }


def _title(paper: Paper) -> str:
    mark = "Withdrawn: " if paper.withdrawn_at else ""
    return mark + clean_line(plain_math(paper.title))


def _text(paper: Paper) -> str:
    return clean_text(plain_math(paper.abstract))


def _authors(paper: Paper) -> str:
    return clean_line(", ".join(str(name) for name in paper.authors))


def _listed_at(paper: Paper) -> datetime:
    return datetime.combine(paper.listed_on, time(), UTC)
