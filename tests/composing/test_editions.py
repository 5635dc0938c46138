"""Approving, freezing and filling editions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from digest.composing.book import open_book
from digest.composing.compose import compose_range
from digest.composing.editions import approve, audience, find_approved, freeze, reopen
from digest.composing.models import Digest, Edition, Pick
from digest.composing.presentation import present_digest
from digest.composing.schedule import open_due
from digest.composing.suggesting import suggest_picks
from subscriptions.models import Suppression
from subscriptions.suppression import suppress
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def make_edition(*titles: str, **values: Any) -> Edition:
    edition = Edition.objects.create(**{"period": "2026-W32", "title": "Hands and eyes"} | values)
    for position, title in enumerate(titles):
        Pick.objects.create(edition=edition, paper=make_paper(title, listed_on=date(2026, 7, 30)), position=position)
    return edition


def approve_it(edition: Edition, *, now: Any = NOW) -> bool:
    user, _ = User.objects.get_or_create(username="curator")
    return approve(edition_id=edition.pk, user=user, now=now)


def test_only_the_first_approval_counts() -> None:
    edition = make_edition("One")
    assert [approve_it(edition), approve_it(edition, now=LATER)] == [True, False]
    found = find_approved(period="2026-W32")
    assert found is not None
    assert (found.approved_at, str(found.approved_by)) == (NOW, "curator")


def test_a_frozen_approval_cannot_be_taken_back() -> None:
    edition = make_edition("One")
    approve_it(edition)
    assert [freeze(edition_ids=[edition.pk], now=NOW), freeze(edition_ids=[edition.pk], now=LATER)] == [1, 0]
    assert not reopen(edition_id=edition.pk, now=LATER)


def test_an_approval_taken_back_leaves_nothing_behind() -> None:
    edition = make_edition("One")
    approve_it(edition)
    assert reopen(edition_id=edition.pk, now=LATER)
    edition.refresh_from_db()
    assert (edition.state, edition.approved_by, edition.approved_at) == ("draft", None, None)


def test_the_audience_is_who_still_waits_for_this_period() -> None:
    edition = make_edition("One")
    make_subscriber()
    make_subscriber(cadence="daily")
    make_subscriber(state="paused")
    served, suppressed = make_subscriber(), make_subscriber("gone@example.org")
    suppress(address=suppressed.email, scope=Suppression.Scope.ALL, reason=Suppression.Reason.BOUNCED)
    days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    Digest.objects.create(subscriber=served, period="2026-W32", state="composed", **days)
    assert audience(edition=edition) == 1


@pytest.mark.parametrize(("period", "count"), [("2026-08-03", 2), ("2026-08-08", 1)])
def test_a_weekend_day_reaches_daily_readers_only(period: str, count: int) -> None:
    make_subscriber(cadence="daily")
    make_subscriber(cadence="weekdays")
    assert audience(edition=Edition.objects.create(kind="day", period=period)) == count


def test_suggestions_are_the_best_papers_no_edition_holds() -> None:
    make_edition("Taken", period="2026-W31", kind="week")
    for title, trend in (("Good", 5.0), ("Best", 9.0), ("Third", 1.0)):
        make_paper(title, trend=trend, listed_on=date(2026, 7, 29))
    make_paper("Hidden", trend=20.0, state="hidden", listed_on=date(2026, 7, 29))
    make_paper("Withdrawn", trend=30.0, withdrawn_at=NOW, listed_on=date(2026, 7, 29))
    make_paper("Old", trend=40.0, listed_on=date(2026, 7, 1))
    edition = make_edition("Mine")
    assert suggest_picks(edition=edition, limit=3) == 2
    assert [str(pick) for pick in edition.picks.all()] == ["Mine", "Best", "Good"]
    assert suggest_picks(edition=edition, limit=3) == 0


def test_a_late_approval_reaches_only_who_still_waits() -> None:
    early, edition = make_subscriber(), make_edition("One", "Two")
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**31, now=NOW)
    approve_it(edition, now=LATER)
    late = make_subscriber(next_due_at=LATER)
    open_due(now=LATER)
    compose_range(first_id=1, last_id=2**31, now=LATER)
    letters = {d.subscriber_id: present_digest(d, open_book([d])) for d in Digest.objects.all()}
    assert [letters[early.pk].title, letters[late.pk].title] == ["Your week in papers", "Hands and eyes"]
    assert letters[late.pk].sections[0].heading == "Top picks"
