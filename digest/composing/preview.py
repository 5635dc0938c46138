"""Which digest a reader would get at a moment, by the same steps as the send but stored nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from digest.composing.audience import slot_in
from digest.composing.book import Book, open_book
from digest.composing.compose import compose_unsaved
from digest.composing.models import Digest, Edition
from digest.composing.periods import listing_days
from digest.composing.presentation import rhythm_of
from digest.ranking.shapes import Taste
from subscriptions.cadence import latest_slot, local_day, name_period, next_slot, window_of
from subscriptions.due import known_zone, look_back
from subscriptions.models import Subscriber

# A slot this fresh is "now", whatever became of it.
FRESH = timedelta(hours=1)


def preview_for(subscriber: Subscriber, *, now: datetime) -> Digest:
    """The digest of this moment's slot: as stored if it was composed, else composed afresh.

    Between two slots it is the next one's, with what is known so far.
    """
    rhythm = rhythm_of(subscriber)
    rhythm = replace(rhythm, timezone=known_zone(rhythm.timezone, subscriber.pk))
    slot = latest_slot(rhythm, now=now)
    period = name_period(rhythm.cadence, local_day(slot, rhythm))
    stored = Digest.objects.filter(subscriber=subscriber, period=period).exclude(entries=[]).first()
    if stored:
        return stored
    is_due = subscriber.next_due_at is not None and subscriber.next_due_at <= now
    late = now - slot
    if late > (settings.CATCH_UP[rhythm.cadence] if is_due else FRESH):
        slot = next_slot(rhythm, after=now)
    usual_first_day, last_day = window_of(rhythm, slot)
    first_day = look_back(usual_first_day, last_day, rested_from=subscriber.rested_from)
    period = name_period(rhythm.cadence, local_day(slot, rhythm))
    return compose_unsaved(
        Digest(
            subscriber=subscriber,
            period=period,
            edition=Edition.objects.filter(period=period).first(),
            first_day=first_day,
            last_day=last_day,
            looks_back=first_day < usual_first_day,
            slot_at=slot,
        )
    )


def preview_edition_for(
    subscriber: Subscriber, edition: Edition, *, now: datetime, taste: Taste | None = None
) -> Digest:
    """What a reader would get of an edition, taken for approved; as stored where it was composed already.

    `taste` stands in for a reader who is in no table.
    """
    stored = Digest.objects.filter(subscriber=subscriber, period=edition.period).exclude(entries=[]).first()
    if stored:
        return stored
    rhythm = rhythm_of(subscriber)
    rhythm = replace(rhythm, timezone=known_zone(rhythm.timezone, subscriber.pk))
    slot = slot_in(rhythm, edition.period)
    first_day, last_day = (slot.first_day, slot.last_day) if slot else listing_days(edition.period)
    digest = Digest(
        subscriber=subscriber,
        period=edition.period,
        edition=edition,
        first_day=first_day,
        last_day=last_day,
        slot_at=slot.at if slot else now,
    )
    return compose_unsaved(digest, as_if_approved=True, taste=taste)


def open_preview(digest: Digest) -> Book:
    """What a previewed digest refers to, with a draft taken for approved."""
    book = open_book([digest])
    edition = book.editions.get(digest.edition_id or 0)
    if edition is not None and digest.pk is None and edition.state == Edition.State.DRAFT:
        edition.state = Edition.State.APPROVED
    return book
