"""The first digest: shown to people before they confirm, and sent to new readers at once where they ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from digest.composing.compose import compose_unsaved
from digest.composing.models import Digest, Edition
from digest.composing.presentation import rhythm_of
from digest.composing.schedule import ensure_editions
from digest.ranking.shapes import Taste
from subscriptions.cadence import latest_slot, local_day, name_period
from subscriptions.choices import FOLLOW, MUTE, Choices
from subscriptions.due import known_zone
from subscriptions.models import Subscriber

# A first digest looks back over a week, whatever the rhythm: a day alone tells too little.
LOOK_BACK = timedelta(days=7)
# Asked for right after confirming; later, the ordinary digest is as near.
ASKED_WITHIN = timedelta(days=1)


def preview_first(*, choices: Choices, liked: Iterable[int], now: datetime) -> Digest:
    """The first digest of somebody with these choices, stored nowhere; chosen by the same steps as the send."""
    rhythm = choices.rhythm
    person = Subscriber(
        pk=0, cadence=rhythm.cadence, weekday=rhythm.weekday, hour=rhythm.hour, timezone=rhythm.timezone
    )
    digest = _lay_out(person, now)
    digest.edition = Edition.objects.filter(period=digest.period).first()
    taste = Taste(
        topics=dict.fromkeys(choices.topic_ids, FOLLOW),
        keywords={word.text: MUTE if word.muted else FOLLOW for word in choices.keywords},
        papers=dict.fromkeys(liked, FOLLOW),
    )
    return compose_unsaved(digest, taste=taste)


def open_first(*, subscriber_id: int, now: datetime) -> bool:
    """Plan a first digest for a reader who confirmed just now. True: it is planned, since now or since before."""
    with transaction.atomic():
        active = Subscriber.objects.select_for_update().filter(state=Subscriber.State.ACTIVE)
        person = active.filter(pk=subscriber_id, confirmed_at__gt=now - ASKED_WITHIN).first()
        if person is None:
            return False
        if not Digest.objects.filter(subscriber=person).exists():
            digest = _lay_out(person, now)
            digest.edition_id = ensure_editions({digest.period})[digest.period]
            digest.save()
    return True


def _lay_out(person: Subscriber, now: datetime) -> Digest:
    """A digest of the slot that has just passed, so that the next one is the reader's own."""
    rhythm = rhythm_of(person)
    rhythm = replace(rhythm, timezone=known_zone(rhythm.timezone, person.pk))
    today = local_day(now, rhythm)
    period = name_period(rhythm.cadence, local_day(latest_slot(rhythm, now=now), rhythm))
    return Digest(
        subscriber=person, period=period, first_day=today - LOOK_BACK, last_day=today, slot_at=now, planned_at=now
    )
