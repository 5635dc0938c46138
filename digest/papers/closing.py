"""Ends a visit: works out its verdict from the runs before it, and when the source is next visited."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Max, Sum

from digest.papers.models import ImportRun, Source
from digest.papers.sources.base import Visit
from digest.papers.verdicts import Facts, judge, owed_day

STEPS = {
    Source.Rhythm.HOURLY: timedelta(hours=1),
    Source.Rhythm.SIX_HOURLY: timedelta(hours=6),
    Source.Rhythm.DAILY: timedelta(days=1),
    Source.Rhythm.WEEKLY: timedelta(days=7),
}
# What went wrong is tried again sooner.
_AFTER_TROUBLE = timedelta(hours=1)
_DAYS_LEARNED_FROM = 10
_TROUBLE = {ImportRun.Verdict.BROKEN, ImportRun.Verdict.STALE}


def close_visit(run: ImportRun, *, source: Source, visit: Visit, until: date, is_cut: bool, now: datetime) -> None:
    """Store the run's verdict, and on its source when to come again. A broken run moves nothing else on."""
    owed_on = owed_day(visit.calendar, now=run.started_at, closed_days=visit.closed_days, holidays=_holidays())
    if run.newest_on is None and run.new:
        # Its records tell no day; what is new came today.
        run.newest_on = owed_on
    run.owed_on = owed_on
    if not run.error and run.rejected and run.rejected == run.received:
        run.error = f"None of its {run.rejected} records could be used."
    run.verdict, run.reason = judge(_collect(run, visit, is_cut=is_cut))
    run.finished_at = now
    run.save()
    moved: dict[str, object] = {"claim": "", "lease_until": None, "journey": {}}
    is_complete = _is_complete(run, is_cut=is_cut)
    moved["next_visit_at"] = _next_visit(source, now, is_complete=is_complete)
    if run.verdict != ImportRun.Verdict.BROKEN:
        moved |= {"validators": source.validators}
    if is_complete:
        moved |= {"seen_until": until}
    Source.objects.filter(pk=source.pk, claim=source.claim).update(**moved)


def _is_complete(run: ImportRun, *, is_cut: bool) -> bool:
    """Whether the days asked for need not be asked for again, but for the few that always are."""
    if run.verdict == ImportRun.Verdict.PARTIAL:
        # A record that was rejected would be rejected again.
        return bool(run.rejected) and not is_cut and run.received >= (run.expected or 0)
    return run.verdict in {ImportRun.Verdict.FRESH, ImportRun.Verdict.QUIET}


def _collect(run: ImportRun, visit: Visit, *, is_cut: bool) -> Facts:
    before = ImportRun.objects.filter(source=run.source, started_at__lt=run.started_at).exclude(finished_at=None)
    return Facts(
        error=run.error,
        received=run.received,
        rejected=run.rejected,
        new=run.new,
        expected=run.expected,
        is_cut=is_cut,
        newest_on=run.newest_on,
        # What a stale run was told under a new date was old.
        had_until=before.exclude(verdict=ImportRun.Verdict.STALE).aggregate(day=Max("newest_on"))["day"],
        owed_on=run.owed_on,
        is_whole=visit.is_whole,
        usual=_usual(run),
        had_new=before.filter(owed_on=run.owed_on).aggregate(new=Sum("new"))["new"] or 0,
    )


def _usual(run: ImportRun) -> float | None:
    """New papers a listing day, in the middle of the last ten such days that could be read."""
    sound = ImportRun.objects.filter(source=run.source, owed_on__lt=run.owed_on)
    sound = sound.exclude(verdict__in=_TROUBLE)
    days = sound.order_by().values("owed_on").annotate(found=Sum("new")).order_by("-owed_on")
    found = [day["found"] for day in days[:_DAYS_LEARNED_FROM]]
    return float(median(found)) if found else None


def _next_visit(source: Source, now: datetime, *, is_complete: bool) -> datetime | None:
    step = STEPS.get(Source.Rhythm(source.rhythm))
    if step is None:
        return None
    if not is_complete:
        return now + min(step, _AFTER_TROUBLE)
    # From the hour it was due, so that a daily visit does not creep through the day; never one for each missed.
    due = source.next_visit_at or now
    return due + step * max(1, -(-(now - due) // step)) if due <= now else now + step


def _holidays() -> list[date]:
    return [date.fromisoformat(day) for day in settings.SOURCE_HOLIDAYS]
