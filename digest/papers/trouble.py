"""Which sources are in trouble now, and what that means for digests. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from digest.compiled import Row, compiled
from digest.papers.closing import STEPS
from digest.papers.models import ImportRun, Source

_BAD = {ImportRun.Verdict.BROKEN, ImportRun.Verdict.STALE}
# A source that was not visited for so many of its rhythms is in trouble too: nobody may be at work.
_MISSED = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that is not to be trusted to be complete, and why."""

    source: Source
    reason: str


def find_trouble(*, now: datetime) -> list[Trouble]:
    """The active scheduled sources whose latest finished run was broken or stale, or that nobody visits."""
    ended = ImportRun.objects.filter(source=OuterRef("pk")).exclude(finished_at=None).order_by("-started_at", "-id")
    sources = _scheduled()
    latest = {name: Subquery(ended.values(name)[:1]) for name in ("verdict", "error", "reason", "finished_at")}
    judged = sources.annotate(**{f"latest_{name}": query for name, query in latest.items()})
    return [Trouble(source, reason) for source in judged if (reason := _judge(source, now))]


def _judge(source: Source, now: datetime) -> str:
    verdict = getattr(source, "latest_verdict", None)
    if verdict in _BAD:
        said = getattr(source, "latest_error", "") or getattr(source, "latest_reason", "")
        return f"{ImportRun.Verdict(verdict).label}: {said}"
    since = getattr(source, "latest_finished_at", None) or source.created_at
    if now - since > STEPS[Source.Rhythm(source.rhythm)] * _MISSED:
        return f"Not visited since {since:%Y-%m-%d %H:%M} UTC; is a worker running?"
    return ""


def _scheduled() -> QuerySet[Source]:
    return Source.objects.filter(is_active=True).exclude(rhythm=Source.Rhythm.BY_HAND)


def must_hold(*, now: datetime) -> bool:
    """Whether digests are to wait for a source."""
    # Few sites have such a source, and every range of digests asks.
    if not _ask_holding():
        return False
    return any(one.source.on_trouble == Source.OnTrouble.HOLD for one in find_trouble(now=now))


@compiled
def _ask_holding() -> QuerySet[Source, Row]:
    return _scheduled().filter(on_trouble=Source.OnTrouble.HOLD).order_by().values_list("id")[:1]


def describe_for_readers(troubles: Iterable[Trouble]) -> str:
    """A sentence for digests about the sources that are to be named there; "" where there are none."""
    names = [one.source.name for one in troubles if one.source.on_trouble != Source.OnTrouble.SHOW]
    if not names:
        return ""
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    verb = "was" if len(names) == 1 else "were"
    return f"{listed} {verb} not up to date when this was put together; late papers follow in your next digest."
