"""The page that shows what an edition would do to the whole list, before anybody approves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action

from digest.composing.approval_admin import DecidedEditionAdmin
from digest.composing.effect import LONGEST_SECONDS, NOTHING_NEW, Effect, forecast
from digest.composing.forms import version_of
from digest.composing.links import find_bad_links
from digest.composing.looking import ask, find_look, unpack
from digest.composing.models import Edition, LookAhead, Pick
from digest.composing.panel import CLIP_BYTES, measure_letters
from digest.delivery.merge import MOST_READERS, merging_provider
from digest.delivery.report import recent_pace
from digest.papers.models import Paper
from digest.tasks import hint_look

# Readers follow and leave all the time; older numbers are computed again.
KEPT = timedelta(minutes=10)
SHOWN_PAPERS = 20
SHOWN_ZONES = 12
MARKS = {Pick.Section.CURATORS: "pick", Pick.Section.COMMUNITY: "community"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart: its name, its number, and how long its bar is, in percent of the longest."""

    name: str
    count: int
    percent: float
    link: str = ""
    mark: str = ""


class Day(NamedTuple):
    """A row of the chart of hours: its name, its sum, and the name, number and share of the busiest of each hour."""

    name: str
    total: int
    hours: list[tuple[str, int, float]]


class EffectAdmin(DecidedEditionAdmin):
    """Adds the look ahead to an edition's page."""

    @action(description="Effect", permissions=["view"], icon="monitoring", url_path="effect")
    def effect(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who would get it, when, which papers reach whom, and what it costs to send. A post asks for everybody."""
        edition, moment = self.find(object_id), now()
        if request.method == "POST":
            ask(edition, now=moment)
            if not hint_look(edition.pk):
                messages.warning(request, "No worker can be told now; it begins within a minute of their return.")
            return HttpResponseRedirect(request.path)
        look = find_look(edition, now=moment)
        if "progress" in request.GET:
            return _tell_progress(look)
        effect = look_ahead(edition, now=moment, look=look, anew="anew" in request.GET)
        context = {
            **self.admin_site.each_context(request),
            **describe_effect(edition, effect),
            "opts": self.opts,
            "original": edition,
            "title": f"Effect of {edition}",
            "back": self.page_of(object_id),
            "look": look if look and look.finished_at is None else None,
        }
        return TemplateResponse(request, "admin/edition_effect.html", context)


def _tell_progress(look: LookAhead | None) -> JsonResponse:
    """How far the workers are, for the page that waits."""
    done = look is not None and look.finished_at is not None
    counts = {"looked_at": look.looked_at, "readers": look.readers} if look else {}
    answer = JsonResponse({**counts, "done": done})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def look_ahead(edition: Edition, *, now: datetime, look: LookAhead | None, anew: bool) -> Effect:
    """What workers counted, else what can be counted while a person waits, kept for some minutes.

    Where time runs out, a part of the readers speaks for all.
    """
    if look is not None and look.effect is not None and not anew:
        return unpack(look.effect)
    key = f"effect:{edition.pk}:{version_of(edition)}"
    effect: Effect | None = None if anew else cache.get(key)
    if effect is None:
        effect = forecast(edition, now=now, seconds=LONGEST_SECONDS)
        cache.set(key, effect, timeout=KEPT.total_seconds())
    return effect


def describe_effect(edition: Edition, effect: Effect) -> dict[str, Any]:
    """The page's numbers, in the order a curator reads them."""
    lengths = {length: effect.scale(count) for length, count in sorted(effect.lengths.items())}
    empty = lengths.pop(0, 0)
    left_out = dict(effect.left_out.most_common())
    return {
        "edition": edition,
        "effect": effect,
        "getting": effect.readers - empty,
        "empty": empty,
        "left_out": draw({NOTHING_NEW: empty} if empty else {}) + draw(left_out),
        "days": draw_days(effect.by_hour),
        "zones": draw(dict(effect.by_zone.most_common(SHOWN_ZONES))),
        "more_zones": max(len(effect.by_zone) - SHOWN_ZONES, 0),
        "papers": list(draw_papers(edition, effect)),
        "lengths": draw({str(length): count for length, count in lengths.items()}),
        "repeats": effect.scale(effect.repeats_avoided),
        "bad_links": find_bad_links(edition),
        "clip": CLIP_BYTES // 1000,
        "sizes": measure_letters(edition, now=effect.computed_at or now()),
        "cost": estimate_cost(effect),
    }


def draw(counts: dict[str, int]) -> list[Bar]:
    """Rows of a chart in the order given."""
    longest = max(counts.values(), default=0) or 1
    return [Bar(name, count, 100 * count / longest) for name, count in counts.items()]


def draw_days(by_hour: Mapping[datetime, int]) -> list[Day]:
    """Days with their twenty-four hours, each as dark as it is busy."""
    most = max(by_hour.values(), default=0) or 1
    counts: dict[date, list[int]] = defaultdict(lambda: [0] * 24)
    for moment, count in by_hour.items():
        counts[moment.date()][moment.hour] += count
    days: list[Day] = []
    for day, counted in sorted(counts.items()):
        hours = [(f"{hour:02}:00", count, 100 * count / most) for hour, count in enumerate(counted)]
        days.append(Day(f"{day:%a %-d %b}", sum(counted), hours))
    return days


def draw_papers(edition: Edition, effect: Effect) -> Iterator[Bar]:
    """How many readers each pick reaches, then the papers besides that reach most."""
    picks = {pick.paper_id: MARKS[Pick.Section(pick.section)] for pick in edition.picks.shown()}
    others = [paper for paper, _ in effect.reach.most_common(len(picks) + SHOWN_PAPERS) if paper not in picks]
    shown = [*picks, *others[:SHOWN_PAPERS]]
    titles = {paper.pk: str(paper) for paper in Paper.objects.filter(pk__in=shown).only("title")}
    most = max(effect.readers, 1)
    for paper in shown:
        count = effect.scale(effect.reach[paper])
        page = reverse("admin:papers_paper_change", args=[paper])
        yield Bar(titles.get(paper, "?"), count, min(100 * count / most, 100), page, picks.get(paper, ""))


def estimate_cost(effect: Effect) -> dict[str, Any]:
    """Requests to the provider and how long they take at the limit, or at the pace of the last edition."""
    letters = effect.readers - effect.scale(effect.lengths[0])
    merges = bool(merging_provider())
    # Readers of one letter share requests; each kind begins one of its own.
    calls = min(letters, ceil(letters / MOST_READERS) + effect.scale(effect.kinds_of_letter)) if merges else letters
    pace, source = (settings.SEND_RATE, "the limit that is set") if settings.SEND_RATE else recent_pace()
    return {
        "calls": calls,
        "letters": letters,
        "merges": merges,
        "pace": pace,
        "pace_source": source,
        "minutes": ceil(letters / pace / 60) if pace else None,
    }
