"""What needs a token: importing papers, subscribers, draft editions, and what became of editions."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from ninja import Query, Router

from digest.api.errors import ApiError, ErrorAnswer
from digest.api.guards import TokenGuard
from digest.api.models import ApiToken
from digest.api.shapes import DeliveryOut, EditionIn, EditionOut, ImportOut, Period, Said, SubscriberOut, SubscriberPage
from digest.composing.models import Edition, Pick
from digest.composing.periods import clean_period
from digest.delivery.report import account_for
from digest.papers.ingest import import_records
from digest.papers.models import ImportRun, Paper, Source
from digest.papers.sources.json_records import read_json
from subscriptions.leaving import leave
from subscriptions.models import Subscriber
from subscriptions.privacy import erase

router = Router()
Scope = ApiToken.Scope
ERRORS = dict.fromkeys((401, 403, 404, 413, 422, 429), ErrorAnswer)
SHOWN_REJECTIONS = 20
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post(
    "/papers/import",
    auth=TokenGuard(Scope.IMPORT_PAPERS),
    response={200: ImportOut, **ERRORS},
    tags=["Importing"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
        }
    },
)
def import_papers(request: HttpRequest, pending: bool = False) -> ImportRun:  # noqa: FBT001, FBT002  # a query word
    """Take papers in: an array of records with a table's column names. The same records again change nothing."""
    token = getattr(request, "auth")  # noqa: B009  # ninja sets it
    source, _ = Source.objects.get_or_create(name=f"API: {token.name}"[:100], defaults={"kind": Source.Kind.JSON})
    moment = now()
    run = import_records(
        source=source,
        origin="API",
        records=read_json(BytesIO(request.body)),
        listed_on=moment.date(),
        now=moment,
        pending=pending,
    )
    if run.error and not (run.new or run.changed or run.unchanged):
        raise ApiError(422, "unreadable", run.error)
    run.rejections = run.rejections[:SHOWN_REJECTIONS]
    return run


@router.get(
    "/subscribers",
    auth=TokenGuard(Scope.MANAGE_SUBSCRIBERS),
    response={200: SubscriberPage, **ERRORS},
    tags=["Subscribers"],
)
def subscribers(
    request: HttpRequest,  # noqa: ARG001  # ninja's shape
    state: Literal["", "pending", "active", "paused", "left"] = "",
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Subscribers by id, a page at a time: ask again with `after` set to `next_after`."""
    rows = Subscriber.objects.filter(id__gt=after, **({"state": state} if state else {})).order_by("id")
    found = list(rows[: limit + 1])
    return {"items": found[:limit], "next_after": found[limit - 1].pk if len(found) > limit else None}


@router.get(
    "/subscribers/{int:number}",
    auth=TokenGuard(Scope.MANAGE_SUBSCRIBERS),
    response={200: SubscriberOut, **ERRORS},
    tags=["Subscribers"],
)
def subscriber(request: HttpRequest, number: int) -> Subscriber:  # noqa: ARG001  # ninja's shape
    """One subscriber."""
    return get_object_or_404(Subscriber, pk=min(number, 2**62))


@router.post(
    "/subscribers/{int:number}/leave",
    auth=TokenGuard(Scope.MANAGE_SUBSCRIBERS),
    response={200: Said, **ERRORS},
    tags=["Subscribers"],
)
def unsubscribe(request: HttpRequest, number: int) -> dict[str, str]:  # noqa: ARG001  # ninja's shape
    """Unsubscribe somebody, who is told nothing. Doing so twice is the same as once."""
    if not leave(subscriber_id=min(number, 2**62), now=now()):
        raise ApiError(404, "not_found", "There is no such subscriber.")
    return {"message": "They get no more mail."}


@router.delete(
    "/subscribers/{int:number}",
    auth=TokenGuard(Scope.MANAGE_SUBSCRIBERS),
    response={200: Said, **ERRORS},
    tags=["Subscribers"],
)
def erase_subscriber(request: HttpRequest, number: int) -> dict[str, str]:  # noqa: ARG001  # ninja's shape
    """Erase everything held about somebody; a keyed hash stays, so that no import brings them back."""
    get_object_or_404(Subscriber, pk=min(number, 2**62))
    erase(subscriber_id=number, now=now())
    return {"message": "Erased."}


@router.put(
    "/drafts/{period}",
    auth=TokenGuard(Scope.MANAGE_EDITIONS),
    response={200: EditionOut, 400: ErrorAnswer, 409: ErrorAnswer, **ERRORS},
    tags=["Draft editions"],
)
def put_edition(request: HttpRequest, period: Period, draft: EditionIn) -> Edition:  # noqa: ARG001  # ninja's shape
    """Make a draft or put this one in its place. Approving stays with a person at the desk."""
    try:
        kind = Edition.Kind.of(period.upper())
        name = clean_period(period, kind=kind)
    except ValueError as problem:
        raise ApiError(422, "invalid", str(problem), fields={"period": str(problem)}) from None
    known = set(Paper.objects.filter(pk__in=draft.papers).values_list("pk", flat=True))
    if unknown := [number for number in draft.papers if number not in known]:
        raise ApiError(422, "invalid", f"There is no paper {unknown[0]}.", fields={"papers": "Unknown paper."})
    with transaction.atomic():
        edition, _ = Edition.objects.select_for_update().get_or_create(period=name, defaults={"kind": kind})
        if edition.state != Edition.State.DRAFT or edition.frozen_at:
            raise ApiError(409, "not_a_draft", "It is approved or on its way already; take it back at the desk.")
        for field in ("title", "subject", "intro", "curator_name"):
            setattr(edition, field, getattr(draft, field))
        edition.save()
        edition.picks.all().delete()
        numbers = enumerate(dict.fromkeys(draft.papers))
        Pick.objects.bulk_create(Pick(edition=edition, paper_id=pk, position=place) for place, pk in numbers)
    return edition


@router.get(
    "/editions/{period}/deliveries",
    auth=TokenGuard(Scope.READ_DELIVERIES),
    response={200: DeliveryOut, **ERRORS},
    tags=["Deliveries"],
)
def deliveries(request: HttpRequest, period: Period) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """What became of an edition's digests so far."""
    edition = get_object_or_404(Edition, period=period.upper())
    account = account_for(edition, now=now())
    return {
        **{name: getattr(account, name) for name in DeliveryOut.model_fields if hasattr(account, name)},
        "period": edition.period,
        "paused_at": edition.paused_at,
    }
