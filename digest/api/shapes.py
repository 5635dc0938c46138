"""What goes in and out of the API, as types; the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Path, Schema
from pydantic import ConfigDict, Field

Name = Annotated[str, Field(max_length=200)]
# A query parameter or body field without a control character, which no database could be asked for.
Word = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


# A day, an ISO week or a month, as an address names it.
PERIOD = r"^[0-9]{4}-([0-9]{2}|[Ww][0-9]{2}|[0-9]{2}-[0-9]{2})$"
Period = Annotated[str, Path(pattern=PERIOD, description="2026-08-03, 2026-W32 or 2026-08")]


class Strict(Schema):
    """A body in which a misspelt name is an error, not silence."""

    model_config = ConfigDict(extra="forbid")


class PaperWords(Schema):
    """The query words of a listing, as the reference has them. At most one of date, week and month."""

    date: Word = Field("", description="2026-08-03")
    week: Word = Field("", description="2026-W32")
    month: Word = Field("", description="2026-08")
    sort: Literal["publishedAt", "newest", "trending", "votes"] = "trending"
    submitter: Word = ""
    topic: Word = Field("", description="A topic's slug.")
    p: int = Field(0, ge=0, le=10_000, description="Page, from 0.")
    limit: int = Field(50, ge=1, le=100)


class TopicOut(Schema):
    """A topic."""

    slug: str
    name: str
    description: str


class PaperOut(Schema):
    """A paper."""

    id: int
    title: str
    abstract: str
    authors: list[str]
    arxiv_id: str | None
    doi: str | None
    topics: list[str]
    organisation: str
    submitter: str
    url: str
    code_url: str
    votes: int
    published_on: date | None
    listed_on: date
    withdrawn_at: datetime | None

    @staticmethod
    def resolve_topics(paper: Any) -> list[str]:
        """Slugs of its topics."""
        return [topic.slug for topic in paper.topics.all()]


class PaperPage(Schema):
    """Papers, how many there are in all, and of which days."""

    items: list[PaperOut]
    total: int
    first_day: date | None = None
    last_day: date | None = None


class Hit(Schema):
    """A found paper and why it was found."""

    paper: PaperOut
    kind: Literal["exact", "words", "meaning"]
    score: float


class HitPage(Schema):
    """Found papers, best first."""

    items: list[Hit]
    total: int


class PickOut(Schema):
    """A paper of an edition with the curators' note."""

    paper: PaperOut
    note: str


class EditionOut(Schema):
    """An edition without its papers."""

    period: str
    kind: str
    title: str
    curator_name: str
    approved_at: datetime | None


class EditionDetail(EditionOut):
    """An edition with its papers in order."""

    intro: str
    picks: list[PickOut]


class SignupIn(Strict):
    """A signup: an address, and as much of the choices as one likes."""

    email: Annotated[str, Field(max_length=320)]
    topics: list[Name] = Field(default_factory=list, max_length=200)
    keywords: list[Name] = Field(default_factory=list, max_length=100)
    cadence: Literal["daily", "weekdays", "weekly", "monthly", ""] = ""
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    hour: Annotated[int, Field(ge=0, le=23)] | None = None
    timezone: Annotated[str, Field(max_length=64)] = "UTC"


class Said(Schema):
    """A sentence for a person."""

    message: str


class ImportOut(Schema):
    """What came of an import."""

    verdict: str
    new: int
    changed: int
    unchanged: int
    rejected: int
    rejections: list[dict[str, Any]]
    error: str


class SubscriberOut(Schema):
    """A subscriber as an operator's program sees them."""

    id: int
    email: str
    state: str
    cadence: str
    weekday: int
    hour: int
    timezone: str
    paper_limit: int
    next_due_at: datetime | None
    confirmed_at: datetime | None
    left_at: datetime | None


class SubscriberPage(Schema):
    """Subscribers by id; `next_after` asks for those behind, None where there are none."""

    items: list[SubscriberOut]
    next_after: int | None


class EditionIn(Strict):
    """A draft edition: its words, and its papers in order."""

    title: Annotated[Word, Field(max_length=120)] = ""
    subject: Annotated[Word, Field(max_length=120)] = ""
    # Several lines, but nothing that PostgreSQL refuses.
    intro: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] = ""
    curator_name: Annotated[Word, Field(max_length=80)] = ""
    papers: list[int] = Field(default_factory=list, max_length=100)


class DeliveryOut(Schema):
    """What became of an edition's digests; the parts add up to `eligible`."""

    period: str
    eligible: int
    parts: dict[str, int]
    delivered: int
    bounced: int
    complained: int
    per_minute: float
    paused_at: datetime | None
