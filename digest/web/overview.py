"""The desk's front page: what waits for a person, and a few plain facts. Counts only what this person may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import now

from digest.composing.audience import first_hour
from digest.composing.models import Digest, Edition
from digest.composing.periods import coming_periods, describe_period, name_of
from digest.desk import count_of
from digest.papers.models import ImportRun, Paper, Source
from digest.papers.trouble import find_trouble
from digest.web.growth import draw_charts
from subscriptions.models import Notice, Subscriber, Suggestion

# Trouble older than this was seen, or will not be.
RECENT = timedelta(days=30)
# An edition due within so many hours is pressing.
SOON = 24
MOST_PAUSED = 5
_NOT_WELL = (ImportRun.Verdict.STALE, ImportRun.Verdict.PARTIAL, ImportRun.Verdict.BROKEN)


@dataclass(frozen=True, slots=True)
class Card:
    """A number with its words and where a click leads. `tone` is care, bad or empty."""

    number: str
    words: str
    link: str
    tone: str = ""


def describe_desk(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the front page's context; the skin calls this."""
    moment = now()
    waiting = [card for card in find_waiting(request, moment) if card.number != "0"]
    return (
        context
        | {"waiting": waiting, "facts": list(find_facts(request, moment))}
        | {"charts": draw_charts(request, moment)}
    )


def find_waiting(request: HttpRequest, moment: datetime) -> Iterator[Card]:
    """What a person should look at."""
    may = request.user.has_perm
    if may("papers.view_paper"):
        pending = Paper.objects.filter(state=Paper.State.PENDING, embargo_until=None).count()
        words = ("paper waits for a curator", "papers wait for a curator")
        yield _card(pending, *words, "papers_paper", "state__exact=pending", tone="care")
    if may("subscriptions.view_suggestion"):
        waiting = Suggestion.objects.filter(state=Suggestion.State.WAITING).count()
        words = ("paper was suggested by a reader", "papers were suggested by readers")
        yield _card(waiting, *words, "subscriptions_suggestion", "state__exact=waiting", tone="care")
    if may("composing.view_edition"):
        yield from _due_drafts(moment)
        yield from _paused_editions()
    if may("papers.view_importrun"):
        yield from _sick_sources(moment)
    if may("composing.view_digest"):
        yield from _troubled_digests(moment)
    if may("subscriptions.view_notice"):
        failed = Notice.objects.filter(state=Notice.State.FAILED, created_at__gte=moment - RECENT).count()
        words = ("notice was given up this month", "notices were given up this month")
        yield _card(failed, *words, "subscriptions_notice", "state__exact=failed", tone="bad")


def _due_drafts(moment: datetime) -> Iterator[Card]:
    """Drafts for a period that has begun or comes next, with how long there is until the first reader's hour."""
    today = moment.date()
    soon = set()
    for kind in Edition.Kind.values:
        soon |= {name_of(today, kind=kind), next(coming_periods(today, kind=kind))}
    drafts = Edition.objects.filter(state=Edition.State.DRAFT, period__in=soon).annotate(held=Count("picks"))
    # The flow opens an empty edition for every period; it waits for nobody until somebody begins to fill it.
    for edition in drafts.filter(Q(held__gt=0) | Q(frozen_at=None)):
        first = first_hour(edition, now=moment)
        hours = int((first - moment).total_seconds() // 3600) if first else None
        due = "" if hours is None else f", due in {count_of(hours, 'hour')}" if hours else ", due now"
        planned = ", approved by itself before" if edition.scheduled_at else ", not approved yet"
        words = f"{count_of(edition.held, 'pick')}{planned}{due}"
        link = reverse("admin:composing_edition_change", args=[edition.pk])
        tone = "bad" if hours is not None and hours < SOON and not edition.scheduled_at else "care"
        yield Card(describe_period(edition.period), words, link, tone)


def _paused_editions() -> Iterator[Card]:
    paused = Edition.objects.filter(paused_at__isnull=False).exclude(state=Edition.State.CANCELLED)
    for edition in paused[:MOST_PAUSED]:
        link = reverse("admin:composing_edition_change", args=[edition.pk])
        yield Card("Paused", f"{edition}: {edition.pause_reason}", link, "bad")


def _sick_sources(moment: datetime) -> Iterator[Card]:
    """Sources whose latest finished visit was not as it should be, and those that nobody visits."""
    # One that is under way says nothing yet: what was broken stays so until it is over.
    ended = ImportRun.objects.filter(source=OuterRef("pk")).exclude(finished_at=None).order_by("-started_at", "-id")
    seen = {"runs__started_at__gte": moment - RECENT, "is_active": True}
    sources = Source.objects.filter(**seen).distinct().annotate(verdict=Subquery(ended.values("verdict")[:1]))
    sick = {source.pk: source for source in sources.filter(verdict__in=_NOT_WELL)[:MOST_PAUSED]}
    for source in sick.values():
        verdict = ImportRun.Verdict(getattr(source, "verdict", "")).label
        yield Card(verdict, f"was the latest visit to {source}", _link(source), "bad")
    for trouble in find_trouble(now=moment):
        if trouble.source.pk not in sick:
            yield Card("Waiting", f"{trouble.source}: {trouble.reason}", _link(trouble.source), "bad")


def _link(source: Source) -> str:
    return reverse("admin:papers_source_change", args=[source.pk])


def _troubled_digests(moment: datetime) -> Iterator[Card]:
    recent = Digest.objects.filter(settled_at__gte=moment - RECENT)
    for state, words in (
        (Digest.State.REFUSED, ("digest was refused this month", "digests were refused this month")),
        (Digest.State.UNKNOWN, ("digest may or may not have gone", "digests may or may not have gone")),
    ):
        count = recent.filter(state=state).count()
        yield _card(count, *words, "composing_digest", f"state__exact={state}", tone="bad")


def find_facts(request: HttpRequest, moment: datetime) -> Iterator[Card]:
    """How large things are."""
    may = request.user.has_perm
    if may("subscriptions.view_subscriber"):
        active = Subscriber.objects.filter(state=Subscriber.State.ACTIVE)
        yield _card(
            active.count(), "active reader", "active readers", "subscriptions_subscriber", "state__exact=active"
        )
        tomorrow = active.filter(next_due_at__lte=moment + timedelta(days=1))
        yield _card(
            tomorrow.count(),
            "digest due in the next 24 hours",
            "digests due in the next 24 hours",
            "subscriptions_subscriber",
            "state__exact=active&o=4",
        )
    if may("papers.view_paper"):
        first = moment.date() - timedelta(days=6)
        papers = Paper.objects.published().listed_between(first, moment.date())
        query = f"listed_on_from={first}&listed_on_to={moment.date()}"
        yield _card(
            papers.count(), "paper listed in the last 7 days", "papers listed in the last 7 days", "papers_paper", query
        )
    if may("composing.view_edition"):
        approved = Edition.objects.filter(state=Edition.State.APPROVED, frozen_at=None)
        yield _card(
            approved.count(),
            "edition approved and waiting",
            "editions approved and waiting",
            "composing_edition",
            "state__exact=approved",
        )


def _card(number: int, one: str, many: str, page: str, query: str, *, tone: str = "") -> Card:
    return Card(f"{number:,}", one if number == 1 else many, f"{reverse(f'admin:{page}_changelist')}?{query}", tone)
