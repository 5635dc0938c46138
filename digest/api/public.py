"""What everybody may ask: papers, search, topics, editions; and to be subscribed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db.models import Max
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from ninja import Query, Router, Status

from digest.api.errors import ApiError, ErrorAnswer
from digest.api.guards import limit_visitor
from digest.api.limits import take_signup
from digest.api.shapes import (
    EditionDetail,
    EditionOut,
    HitPage,
    PaperOut,
    PaperPage,
    PaperWords,
    Period,
    Said,
    SignupIn,
    TopicOut,
    Word,
)
from digest.papers.catalogue import Order, list_papers
from digest.papers.models import Paper, PaperQuerySet, Topic
from digest.papers.search import find_papers
from digest.ranking.facts import Narrowing
from digest.web.editions import find_edition, public_editions, published_picks
from digest.web.spans import BadSpanError, Kind, Span, read_span
from subscriptions.forms import AddressForm, ChoicesForm
from subscriptions.signup import sign_up

router = Router(tags=["Papers and editions"], auth=[limit_visitor])
ERRORS = dict.fromkeys((404, 422, 429), ErrorAnswer)
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
# The listing's own words for its orders, and ours.
SORTS: dict[str, Order] = {"publishedAt": "newest", "newest": "newest", "trending": "trending", "votes": "votes"}
Limit = Annotated[int, Query(ge=1, le=100)]
Page = Annotated[int, Query(ge=0, le=10_000, description="Page, from 0.")]


class SignupForm(AddressForm, ChoicesForm):
    """The site's own rules for an address and choices."""


@router.get("/papers", response={200: PaperPage, **ERRORS})
def papers(request: HttpRequest, words: Query[PaperWords]) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """Papers of a day, ISO week or month; without one, of the latest listing day."""
    span = _read_one({Kind.DAY: words.date, Kind.WEEK: words.week, Kind.MONTH: words.month})
    found = _narrow(span, SORTS[words.sort], _read_topic(words.topic))
    if words.submitter:
        found = found.filter(submitter=words.submitter)
    first, last = (span.first, span.last) if span else (None, None)
    rows = list(found[words.p * words.limit : (words.p + 1) * words.limit])
    return {"items": rows, "total": found.count(), "first_day": first, "last_day": last}


@router.get("/papers/{int:paper_id}", response={200: PaperOut, **ERRORS})
def paper(request: HttpRequest, paper_id: int) -> Paper:  # noqa: ARG001  # ninja's shape
    """One paper."""
    return get_object_or_404(Paper.objects.all().published(), pk=min(paper_id, 2**62))


@router.get("/search", response={200: HitPage, **ERRORS})
def search(
    request: HttpRequest,  # noqa: ARG001  # ninja's shape
    q: Annotated[str, Query(min_length=1, max_length=500)],
    topic: Word = "",
    p: Page = 0,
    limit: Limit = 20,
) -> dict[str, Any]:
    """Papers by words, id, quoted phrase and meaning, best first."""
    chosen = _read_topic(topic)
    narrowing = Narrowing(topic=chosen.pk if chosen else None)
    found = find_papers(query=q, limit=limit, offset=p * limit, narrowing=narrowing)
    ids = [hit.paper_id for hit in found.hits]
    rows = Paper.objects.all().published().prefetch_related("topics").in_bulk(ids)
    hits = [hit for hit in found.hits if hit.paper_id in rows]
    items = [{"paper": rows[hit.paper_id], "kind": hit.kind, "score": hit.score} for hit in hits]
    return {"items": items, "total": found.total}


@router.get("/topics", response={200: list[TopicOut], **ERRORS})
def topics(request: HttpRequest) -> Any:  # noqa: ARG001  # ninja's shape
    """The topics that readers follow."""
    return Topic.objects.filter(is_active=True)


@router.get("/editions", response={200: list[EditionOut], **ERRORS})
def editions(request: HttpRequest, p: Page = 0, limit: Limit = 50) -> Any:  # noqa: ARG001  # ninja's shape
    """Editions that are out, latest first."""
    return public_editions()[p * limit : (p + 1) * limit]


@router.get("/editions/{period}", response={200: EditionDetail, **ERRORS})
def edition(request: HttpRequest, period: Period) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """One edition with its papers in the curators' order."""
    found = find_edition(period.upper())
    if found is None:
        raise ApiError(404, "not_found", "There is no such edition, or it is not out yet.")
    words = EditionOut.from_orm(found).dict()
    picks = published_picks(found).select_related("paper").prefetch_related("paper__topics")
    return {**words, "intro": found.intro, "picks": list(picks)}


@router.post("/subscribe", response={202: Said, 400: ErrorAnswer, 413: ErrorAnswer, **ERRORS})
def subscribe(request: HttpRequest, signup: SignupIn) -> Status[dict[str, str]]:
    """Ask for a subscription: the person gets a mail and must confirm. The same answer for every address."""
    form = SignupForm({**signup.dict(), "keywords": ", ".join(signup.keywords)})
    if not form.is_valid():
        fields = {name: str(messages[0]) for name, messages in form.errors.items()}
        raise ApiError(422, "invalid", "Some values are missing or wrong.", fields=fields)
    moment = now()
    take_signup(request, now=moment)
    sign_up(address=form.cleaned_data["email"], choices=form.choices(), now=moment)
    words = "If this address can be written to, a mail with a confirmation link is on its way."
    return Status(202, {"message": words})


def _read_one(words: dict[Kind, str]) -> Span | None:
    """The one span asked for, else the latest day; None for an empty catalogue. Raises ApiError 422."""
    given = {kind: word for kind, word in words.items() if word}
    if len(given) > 1:
        raise ApiError(422, "invalid", "Ask for one of date, week and month.")
    for kind, word in given.items():
        try:
            return read_span(kind, word)
        except BadSpanError as problem:
            name = "date" if kind is Kind.DAY else kind.value
            raise ApiError(422, "invalid", str(problem), fields={name: str(problem)}) from None
    latest = Paper.objects.all().published().aggregate(day=Max("listed_on"))["day"]
    return Span(Kind.DAY, latest, latest) if latest else None


def _narrow(span: Span | None, order: Order, topic: Topic | None) -> PaperQuerySet:
    first, last = (span.first, span.last) if span else (FIRST, LAST)
    return list_papers(first=first, last=last, order=order, topic=topic)


def _read_topic(slug: str) -> Topic | None:
    if not slug:
        return None
    topic = Topic.objects.filter(slug=slug, is_active=True).first()
    if topic is None:
        raise ApiError(422, "invalid", f"There is no topic {slug}.", fields={"topic": "Unknown; see /api/v1/topics."})
    return topic
