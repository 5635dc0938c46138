"""The desk's front page: what waits for a person, and a few plain facts. Counts only what this person may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import now

from digest.composing.models import Digest, Edition
from digest.composing.periods import coming_periods, describe_period, name_of
from digest.desk import count_of
from digest.papers.models import ImportRun, Paper
from subscriptions.models import Notice, Subscriber

# Trouble older than this was seen, or will not be.
RECENT = timedelta(days=30)


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
    return context | {"waiting": waiting, "facts": list(find_facts(request, moment))}


def find_waiting(request: HttpRequest, moment: datetime) -> Iterator[Card]:
    """What a person should look at."""
    may = request.user.has_perm
    if may("papers.view_paper"):
        pending = Paper.objects.filter(state=Paper.State.PENDING).count()
        yield _card(
            pending,
            "paper waits for a curator",
            "papers wait for a curator",
            "papers_paper",
            "state__exact=pending",
            tone="care",
        )
    if may("composing.view_edition"):
        yield from _due_drafts(moment.date())
    if may("papers.view_importrun"):
        broken = ImportRun.objects.filter(verdict=ImportRun.Verdict.BROKEN, started_at__gte=moment - RECENT).count()
        yield _card(
            broken,
            "import run broke this month",
            "import runs broke this month",
            "papers_importrun",
            "verdict__exact=broken",
            tone="bad",
        )
    if may("composing.view_digest"):
        yield from _troubled_digests(moment)
    if may("subscriptions.view_notice"):
        failed = Notice.objects.filter(state=Notice.State.FAILED, created_at__gte=moment - RECENT).count()
        yield _card(
            failed,
            "notice was given up this month",
            "notices were given up this month",
            "subscriptions_notice",
            "state__exact=failed",
            tone="bad",
        )


def _due_drafts(today: date) -> Iterator[Card]:
    """Drafts for a period that has begun or comes next: without approval, its digests go out without them."""
    soon = set()
    for kind in Edition.Kind.values:
        soon |= {name_of(today, kind=kind), next(coming_periods(today, kind=kind))}
    drafts = Edition.objects.filter(state=Edition.State.DRAFT, period__in=soon).annotate(held=Count("picks"))
    # The flow opens an empty edition for every period; it waits for nobody until somebody begins to fill it.
    for edition in drafts.filter(Q(held__gt=0) | Q(frozen_at=None)):
        words = f"{count_of(edition.held, 'pick')}, not approved yet"
        link = reverse("admin:composing_edition_change", args=[edition.pk])
        yield Card(describe_period(edition.period), words, link, "care")


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
