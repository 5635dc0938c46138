"""The conductor: each task is one call into one stage. Arguments are id ranges; running twice is harmless."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic

from axes.models import AccessAttempt
from celery import Task, shared_task
from django.conf import settings
from django.core.management import call_command
from django.utils.timezone import now
from kombu.exceptions import OperationalError

# Web processes give hints, too; without our app theirs would look for another broker.
import digest.celery  # noqa: F401
from digest.composing import looking
from digest.composing.compose import compose_digests
from digest.composing.editions import approve_scheduled
from digest.composing.schedule import open_due
from digest.composing.suggesting import draft_coming
from digest.delivery import events, retention
from digest.delivery.pulse import beat
from digest.delivery.reconcile import find_work
from digest.delivery.send import send_range
from digest.hooks.calling import call_waiting, forget_calls
from digest.hooks.gather import gather
from digest.papers.curation import lift_embargoes
from digest.papers.fetch import open_fetcher
from digest.papers.indexing import BusyError, IndexFolder, needs_folder
from digest.papers.vectors import current_embedder, embed_waiting
from digest.papers.visiting import find_due, visit_source

logger = logging.getLogger(__name__)

# A worker has other things to do.
_SECONDS_OF_PLANNING = 20.0
_SECONDS_OF_EMBEDDING = 45.0
_SECONDS_OF_INDEXING = 90.0
_SECONDS_OF_VISITING = 60.0


@shared_task
def tick() -> None:
    """Plan a digest for everyone who is due, and put workers on it."""
    beat(now=now())
    lift_embargoes(now=now())
    approve_scheduled(now=now())
    started = monotonic()
    planned = open_due(now=now(), seconds=_SECONDS_OF_PLANNING)
    in_time = monotonic() - started < _SECONDS_OF_PLANNING
    if planned:
        logger.info("%s subscribers were due.", planned)
        _offer_work()
    if not in_time:
        _hint(plan_more)


@shared_task
def plan_more() -> None:
    """Go on where a million are due at once: those that are planned may go before the others are."""
    tick()


@shared_task
def reconcile() -> None:
    """Put workers on whatever waits, whether or not a hint about it was lost."""
    _offer_work()
    for edition_id in looking.find_waiting(now=now()):
        if not hint_look(edition_id):
            return


@shared_task
def draft_editions() -> None:
    """Fill the drafts of the coming periods, so that curators only edit."""
    if filled := draft_coming(now=now()):
        logger.info("Filled %s drafts.", filled)


@shared_task
def compose(first_id: int, last_id: int) -> None:
    """Compose a range of planned digests, and hand it over with what was composed before."""
    composed = compose_digests(first_id=first_id, last_id=last_id, now=now())
    result = send_range(first_id=first_id, last_id=last_id, now=now(), known=composed)
    logger.info("Sent digests %s to %s: %s", first_id, last_id, dict(result))


@shared_task
def visit_sources() -> None:
    """Put workers on the sources that are due."""
    for source_id in find_due(now=now()):
        if not hint_visit(source_id):
            return


@shared_task
def visit(source_id: int) -> None:
    """Visit a source, or go on with a visit; what is left after a minute is the next sweep's."""
    run = visit_source(source_id, fetcher=open_fetcher(clock=now), seconds=_SECONDS_OF_VISITING)
    if run is not None:
        logger.info("Source %s: %s, %s new.", source_id, run.verdict, run.new)


def hint_visit(source_id: int) -> bool:
    """Tell the workers about a source; False where the broker cannot be reached and the sweep must find it."""
    return _hint(visit, source_id)


@shared_task
def look_ahead(edition_id: int) -> None:
    """Count what an edition would do to everybody, for somebody who looks at the desk."""
    effect = looking.look(edition_id, now=now())
    if effect is not None:
        logger.info("Looked at %s readers of edition %s in %.1f s.", effect.looked_at, edition_id, effect.seconds)


def hint_look(edition_id: int) -> bool:
    """Tell the workers that somebody waits for a look ahead; False where the broker cannot be reached."""
    return _hint(look_ahead, edition_id)


@shared_task
def apply_events() -> None:
    """Act on what the providers reported since the last time."""
    applied = events.apply_all(now=now())
    if applied:
        logger.info("Applied %s events.", applied)


@shared_task
def embed_papers() -> None:
    """Store the vectors of papers that came or changed; what a run has no time for waits for the next one."""
    done = sum(embed_waiting(embedder=current_embedder(), now=now(), seconds=_SECONDS_OF_EMBEDDING))
    if done:
        logger.info("Embedded %s papers.", done)


@shared_task
def index_papers() -> None:
    """Bring the search index on disk up to date, where the catalogue is large enough to need one."""
    if not needs_folder():
        return
    started, folder = monotonic(), IndexFolder.current()
    with suppress(BusyError):
        while monotonic() - started < _SECONDS_OF_INDEXING and (taken := folder.extend(now=now())):
            logger.info("Took %s changed papers into the search index.", taken)


@shared_task
def call_hooks() -> None:
    """Tell other programs what they asked to hear."""
    moment = now()
    gather(now=moment)
    call_waiting(now=moment)


@shared_task
def prune() -> None:
    """Forget what is old enough, and sessions and failed log-ins that are over."""
    moment = now()
    gone = retention.prune(now=moment)
    gone["calls"] = forget_calls(now=moment)
    call_command("clearsessions")
    AccessAttempt.objects.filter(attempt_time__lte=moment - settings.AXES_COOLOFF_TIME).delete()
    if +gone:
        logger.info("Forgot %s.", ", ".join(f"{count} {what}" for what, count in (+gone).items()))


def _offer_work() -> None:
    for first_id, last_id in find_work(now=now()):
        # Without a broker each hint costs seconds; the first that fails speaks for all.
        if not _hint(compose, first_id, last_id):
            return


def _hint(task: Task[..., None], *arguments: int) -> bool:
    """Tell the workers. A lost hint costs a minute, never a digest."""
    try:
        task.apply_async(arguments, expires=120, retry=False)
    except OperationalError:
        logger.warning("The broker cannot be reached; the next sweep will find the work.")
        return False
    return True
