"""The front page's charts: readers, votes, deliveries and complaints over the last weeks. Counted every few minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncWeek
from django.http import HttpRequest
from django.urls import reverse

from digest.composing.models import Digest, Edition
from subscriptions.marks import ConsentEvent, Vote

WEEKS = 12
KEPT_SECONDS = 300
TAKEN = (Digest.State.ACCEPTED, Digest.State.DELIVERED, Digest.State.BOUNCED, Digest.State.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Column:
    """One week or edition of a chart: how high it stands, in percent of the highest."""

    name: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A row of columns, and the list they come from."""

    title: str
    total: int
    link: str
    columns: tuple[Column, ...]


def draw_charts(request: HttpRequest, moment: datetime) -> list[Chart]:
    """The charts this person may see."""
    may = request.user.has_perm
    charts: list[Chart] = []
    if may("subscriptions.view_subscriber"):
        charts += _kept("readers", lambda: list(_draw_readers(moment)))
    if may("papers.view_paper"):
        charts += _kept("votes", lambda: [_draw_votes(moment)])
    if may("composing.view_digest"):
        charts += _kept("digests", lambda: list(_draw_digests()))
    return charts


def _kept(name: str, make: Callable[[], list[Chart]]) -> list[Chart]:
    found: list[Chart] = cache.get_or_set(f"desk:chart:{name}", make, timeout=KEPT_SECONDS) or []
    return found


def _draw_readers(moment: datetime) -> Iterator[Chart]:
    page = reverse("admin:subscriptions_subscriber_changelist")
    for title, kind, query in (
        ("Readers confirmed", ConsentEvent.Kind.CONFIRMED, "?state__exact=active"),
        ("Readers who left", ConsentEvent.Kind.LEFT, "?state__exact=left"),
    ):
        rows = ConsentEvent.objects.filter(kind=kind, at__gte=_since(moment)).annotate(week=TruncWeek("at"))
        counted = rows.order_by().values_list("week").annotate(count=Count("id"))
        yield _draw(title, page + query, _by_week({week.date(): count for week, count in counted}, moment))


def _draw_votes(moment: datetime) -> Chart:
    rows = Vote.objects.filter(created_at__gte=_since(moment)).annotate(week=TruncWeek("created_at"))
    counted = rows.order_by().values_list("week").annotate(count=Count("id"))
    page = reverse("admin:papers_paper_changelist") + "?o=-3"
    return _draw("Votes by readers", page, _by_week({week.date(): count for week, count in counted}, moment))


def _draw_digests() -> Iterator[Chart]:
    editions = list(Edition.objects.filter(frozen_at__isnull=False).order_by("-frozen_at")[:WEEKS])
    rows = Digest.objects.filter(edition__in=editions, state__in=TAKEN).order_by().values_list("edition_id", "state")
    counts: dict[tuple[int | None, str], int] = {
        (edition, state): count for edition, state, count in rows.annotate(count=Count("id"))
    }
    page = reverse("admin:composing_digest_changelist")
    for title, states, query in (
        ("Digests sent", TAKEN, ""),
        ("Complaints", (Digest.State.COMPLAINED,), "?state__exact=complained"),
    ):
        sums = {one.period: sum(counts.get((one.pk, state), 0) for state in states) for one in reversed(editions)}
        yield _draw(title, page + query, sums)


def _since(moment: datetime) -> datetime:
    monday = moment - timedelta(days=moment.weekday(), weeks=WEEKS - 1)
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def _by_week(counts: dict[date, int], moment: datetime) -> dict[str, int]:
    first = _since(moment).date()
    weeks = [first + timedelta(weeks=step) for step in range(WEEKS)]
    return {f"week of {week:%-d %b}": counts.get(week, 0) for week in weeks}


def _draw(title: str, link: str, counts: dict[str, int]) -> Chart:
    highest = max(counts.values(), default=0) or 1
    columns = tuple(Column(name, count, 100 * count / highest) for name, count in counts.items())
    return Chart(title, sum(counts.values()), link, columns)
