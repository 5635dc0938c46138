"""What stored events mean for the people: who is suppressed, who leaves, and who is left in peace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digest.delivery.bounces import is_our_fault
from digest.delivery.events import apply_events
from digest.delivery.models import BounceScore, Event
from digest.delivery.scores import THRESHOLD
from subscriptions.addresses import address_columns, hash_address
from subscriptions.models import Cadence, Subscriber, Suppression
from tests.delivery.test_events import BLOCKED, HARD, SOFT, make_digest, report, simply
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db
ANN = "ann@example.org"


def suppressions() -> list[tuple[str, str, str]]:
    return list(Suppression.objects.values_list("address_hash", "scope", "reason"))


def score_of(email: str = ANN) -> int:
    row = BounceScore.objects.filter(address_hash=hash_address(email)).first()
    return row.score if row else 0


def bounce_on(*days: float, raw: dict[str, Any] = SOFT, **values: Any) -> None:
    for day in days:
        report(raw, at=NOW + timedelta(days=day), **values)
        apply_events(now=NOW + timedelta(days=day))


def test_a_hard_bounce_stops_all_mail() -> None:
    report(HARD, digest=make_digest())
    apply_events(now=NOW)
    assert suppressions() == [(hash_address(ANN), "all", "bounced")]
    assert Subscriber.objects.get().state == "active"


def test_a_hard_bounce_of_a_confirmation_counts_although_no_digest_went() -> None:
    make_subscriber(ANN, state="pending", consent_at=None, confirmed_at=None, next_due_at=None)
    report(HARD)
    apply_events(now=NOW)
    assert suppressions() == [(hash_address(ANN), "all", "bounced")]


@pytest.mark.parametrize("word", ["bounce", "soft bounce"])
def test_our_own_bad_name_costs_no_reader_anything(word: str) -> None:
    digest = make_digest()
    for day in range(10):
        bounce_on(day, raw=BLOCKED | {"event": word}, digest=digest)
    assert suppressions() == []
    assert score_of() == 0
    digest.refresh_from_db()
    assert digest.state == "bounced"


@pytest.mark.parametrize(
    "diagnostic,ours",
    [
        ("550 5.7.1 blocked", True),
        ("smtp; 550-5.7.26 Unauthenticated email", True),
        ("421 4.7.0 too much mail", True),
        ("550 5.7.515 Access denied, sender does not meet the required level", True),
        ("554 Service unavailable; Client host blocked using Spamhaus", True),
        ("550 message content rejected", True),
        ("550 5.1.1 unknown user, see https://example.org/spam-policy", False),
        ("552 5.2.2 mailbox full", False),
        ("550 no such user", False),
        ("host 5.7.1.9 said: 550 unknown", False),
        ("connection to 10.5.7.1 timed out", False),
        ("", False),
    ],
)
def test_our_fault_is_told_by_codes_first_and_words_second(diagnostic: str, ours: bool) -> None:
    assert is_our_fault(diagnostic) is ours


def test_a_complaint_stops_all_mail_and_ends_the_subscription() -> None:
    report(simply("complained"), digest=make_digest())
    apply_events(now=NOW)
    assert suppressions() == [(hash_address(ANN), "all", "complained")]
    reader = Subscriber.objects.get()
    assert (reader.state, reader.left_at, reader.next_due_at) == ("left", NOW, None)


def test_who_unsubscribes_at_the_provider_has_left_here() -> None:
    make_digest()
    report(simply("unsubscribed"))
    apply_events(now=NOW)
    assert Subscriber.objects.get().state == "left"
    assert suppressions() == []


def test_who_came_back_since_is_not_thrown_out_by_old_news() -> None:
    make_subscriber(ANN, confirmed_at=NOW)
    report(simply("unsubscribed"), at=NOW - timedelta(days=1))
    apply_events(now=NOW)
    assert Subscriber.objects.get().state == "active"


def test_subscribing_at_the_provider_adds_nobody() -> None:
    make_subscriber(ANN, state="left", next_due_at=None)
    Suppression.objects.create(address_hash=hash_address(ANN), scope="all", reason="complained")
    report(simply("subscribed"))
    report(simply("subscribed"), to="new@example.org")
    apply_events(now=NOW)
    assert [person.state for person in Subscriber.objects.all()] == ["left"]
    assert Suppression.objects.count() == 1


def test_the_providers_own_list_is_mirrored_for_digests() -> None:
    make_digest()
    Event.objects.create(
        provider="brevo", key="k", kind="rejected", address_hash=hash_address(ANN), received_at=NOW, occurred_at=NOW
    )
    apply_events(now=NOW)
    assert suppressions() == [(hash_address(ANN), "digest", "provider")]


def test_repeats_of_a_bounce_and_an_older_suppression_do_no_harm() -> None:
    make_digest()
    Suppression.objects.create(address_hash=hash_address(ANN), scope="all", reason="never")
    bounce_on(0, 0, 1, raw=HARD)
    assert suppressions() == [(hash_address(ANN), "all", "never")]


def test_five_days_of_soft_bounces_stop_digests_but_not_all_mail() -> None:
    make_subscriber(ANN, cadence=Cadence.DAILY)
    bounce_on(0, 1, 2, 3)
    assert (score_of(), suppressions()) == (4, [])
    bounce_on(4)
    assert suppressions() == [(hash_address(ANN), "digest", "bounced")]
    assert score_of() == 0
    assert THRESHOLD == 5


def test_many_bounces_of_one_day_count_as_one() -> None:
    make_subscriber(ANN)
    bounce_on(*[hour / 24 for hour in range(9)])
    assert score_of() == 1


def test_a_delivery_makes_bounces_forgotten() -> None:
    make_subscriber(ANN)
    bounce_on(0, 1, 2)
    bounce_on(3, raw=simply("delivered"))
    assert (score_of(), BounceScore.objects.count()) == (0, 0)
    bounce_on(4)
    assert score_of() == 1


def test_a_delivery_from_before_the_bounce_does_not() -> None:
    make_subscriber(ANN)
    bounce_on(1)
    bounce_on(0, raw=simply("delivered"))
    assert score_of() == 1


@pytest.mark.parametrize(
    "cadence,quiet,score", [("daily", 8, 1), ("daily", 6, 3), ("weekly", 20, 3), ("weekly", 22, 1)]
)
def test_quiet_time_makes_bounces_forgotten(cadence: str, quiet: int, score: int) -> None:
    make_subscriber(ANN, cadence=cadence)
    bounce_on(0, 1, 1 + quiet)
    assert score_of() == score


def test_a_weekly_readers_dead_mailbox_is_given_up_too() -> None:
    make_subscriber(ANN, cadence=Cadence.WEEKLY)
    bounce_on(0, 7.9, 14, 22, 28)
    assert suppressions() == [(hash_address(ANN), "digest", "bounced")]


def test_bounces_count_against_the_address_mailed_not_the_one_held_now() -> None:
    digest = make_digest()
    Subscriber.objects.update(**address_columns("new@example.org"))
    bounce_on(0, 1, 2, 3, 4, digest=digest)
    report(HARD, digest=digest)
    apply_events(now=NOW)
    assert score_of("new@example.org") == 0
    assert not Suppression.objects.filter(address_hash=hash_address("new@example.org")).exists()


def test_days_that_arrive_together_are_counted_in_order() -> None:
    make_subscriber(ANN, cadence=Cadence.DAILY)
    for day in (2, 0, 1):
        report(SOFT, at=NOW + timedelta(days=day))
    report(simply("delivered"), at=NOW + timedelta(days=0.5))
    apply_events(now=NOW + timedelta(days=2))
    assert score_of() == 2
