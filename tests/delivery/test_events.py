"""What stored events do to digests: forward only, once each, whatever the order and however many workers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from django.db import connection, transaction

from digest import tasks
from digest.composing.models import Digest, Edition
from digest.delivery.events import apply_all, apply_events, count_outcomes
from digest.delivery.intake import store_events
from digest.delivery.models import BounceScore, Event
from subscriptions.models import Subscriber, Suppression
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db
NUMBERS = count(1)
S = Digest.State
# Raw events as Mailtrap sends them: the shortest form there is.
HARD = {"event": "bounce", "response": "550 5.1.1 unknown"}
SOFT = {"event": "soft bounce", "response": "452 4.2.2 full"}
BLOCKED = {"event": "bounce", "response": "550 5.7.1 blocked"}


def make_digest(email: str = "ann@example.org", state: S = S.ACCEPTED, **values: Any) -> Digest:
    reader = Subscriber.objects.filter(email=email).first() or make_subscriber(email)
    day = date(2026, 8, 2)
    defaults: dict[str, Any] = {"first_day": day, "last_day": day, "slot_at": NOW, "state": state}
    return Digest.objects.create(subscriber=reader, period=f"2026-{next(NUMBERS)}", **defaults | values)


def report(
    raw: dict[str, Any], *, to: str = "ann@example.org", digest: Digest | None = None, at: datetime = NOW, **values: Any
) -> None:
    """Store one event as a webhook would."""
    kinds = {"bounce": "bounced", "soft bounce": "bounced"}
    event = AnymailTrackingEvent(
        event_type=kinds.get(raw["event"], raw["event"]),
        esp_event=raw,
        timestamp=at,
        recipient=to,
        mta_response=raw.get("response"),
        metadata={"digest": str(digest.pk)} if digest else {},
        **{"event_id": str(next(NUMBERS))} | values,
    )
    assert store_events(provider="mailtrap", events=[event], now=max(at, NOW)) == 1


def simply(event: str) -> dict[str, Any]:
    return {"event": event}


def state_of(digest: Digest) -> str:
    return Digest.objects.values_list("state", flat=True).get(pk=digest.pk)


@pytest.mark.parametrize(
    "before,raw,after",
    [
        (S.UNKNOWN, simply("sent"), S.ACCEPTED),
        (S.UNKNOWN, simply("deferred"), S.ACCEPTED),
        (S.UNKNOWN, simply("delivered"), S.DELIVERED),
        (S.UNKNOWN, HARD, S.BOUNCED),
        (S.UNKNOWN, simply("complained"), S.COMPLAINED),
        (S.SENDING, simply("delivered"), S.DELIVERED),
        (S.ACCEPTED, simply("sent"), S.ACCEPTED),
        (S.ACCEPTED, SOFT, S.BOUNCED),
        (S.ACCEPTED, simply("rejected"), S.BOUNCED),
        (S.DELIVERED, HARD, S.BOUNCED),
        (S.DELIVERED, simply("sent"), S.DELIVERED),
        (S.BOUNCED, simply("delivered"), S.BOUNCED),
        (S.BOUNCED, simply("complained"), S.COMPLAINED),
        (S.COMPLAINED, simply("delivered"), S.COMPLAINED),
        (S.COMPLAINED, HARD, S.COMPLAINED),
        (S.ACCEPTED, simply("subscribed"), S.ACCEPTED),
        (S.ACCEPTED, simply("unsubscribed"), S.ACCEPTED),
        (S.COMPOSED, simply("delivered"), S.COMPOSED),
        (S.SKIPPED, simply("delivered"), S.SKIPPED),
        (S.REFUSED, simply("delivered"), S.REFUSED),
    ],
)
def test_a_digest_moves_forward_only(before: S, raw: dict[str, Any], after: S) -> None:
    digest = make_digest(state=before, claim="c" if before == S.SENDING else "")
    report(raw, digest=digest)
    assert apply_events(now=NOW) == 1
    digest.refresh_from_db()
    assert digest.state == after
    moved = before != after
    assert (digest.settled_at == NOW, digest.accepted_at == NOW) == (moved, moved)
    assert digest.claim == ""


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "bounce", "complained"])))
@pytest.mark.parametrize("at_once", [True, False])
def test_any_order_of_arrival_ends_the_same(order: Sequence[str], at_once: bool) -> None:
    digest = make_digest(state=S.UNKNOWN)
    for event in order:
        report(HARD if event == "bounce" else simply(event), digest=digest)
        if not at_once:
            apply_events(now=NOW)
    apply_events(now=NOW)
    assert state_of(digest) == S.COMPLAINED
    assert Event.objects.filter(applied_at=NOW, digest=digest).count() == 4


def test_a_bounce_says_so_on_the_digest_and_a_delivery_clears_doubts() -> None:
    bounced, delivered = make_digest(), make_digest(state=S.UNKNOWN, error="Lost.")
    report(HARD, digest=bounced)
    report(simply("delivered"), digest=delivered)
    apply_events(now=NOW)
    bounced.refresh_from_db()
    delivered.refresh_from_db()
    assert ("bounced" in bounced.error, delivered.error) == (True, "")


def test_each_event_counts_once() -> None:
    digest = make_digest()
    report(HARD, digest=digest, event_id="same")
    assert (apply_events(now=NOW), apply_events(now=NOW)) == (1, 0)
    event = AnymailTrackingEvent(
        event_type="bounced", event_id="same", esp_event=HARD, recipient="ann@example.org", timestamp=NOW
    )
    store_events(provider="mailtrap", events=[event], now=NOW)
    assert (apply_events(now=NOW), Event.objects.count()) == (0, 1)


@pytest.mark.parametrize("raw", [HARD, simply("complained"), simply("unsubscribed"), SOFT])
def test_what_is_a_month_old_when_it_comes_changes_nothing(raw: dict[str, Any]) -> None:
    digest = make_digest()
    report(raw, digest=digest, at=NOW - timedelta(days=30))
    assert apply_events(now=NOW) == 1
    assert state_of(digest) == S.ACCEPTED
    assert not Suppression.objects.exists()
    assert not BounceScore.objects.exists()
    assert Subscriber.objects.get().state == "active"
    assert Event.objects.get().applied_at == NOW


def test_what_waited_here_for_long_still_counts() -> None:
    digest = make_digest()
    report(HARD, digest=digest)
    apply_events(now=NOW + timedelta(days=30))
    assert state_of(digest) == S.BOUNCED


def test_a_time_to_come_is_not_believed() -> None:
    event = AnymailTrackingEvent(event_type="sent", esp_event={}, timestamp=NOW + timedelta(days=400))
    store_events(provider="mailtrap", events=[event], now=NOW)
    assert Event.objects.get().occurred_at is None


def test_an_event_touches_no_other_persons_digest() -> None:
    other = make_digest("bob@example.org", state=S.UNKNOWN)
    make_subscriber("ann@example.org")
    report(simply("complained"), digest=other)
    apply_events(now=NOW)
    assert state_of(other) == S.UNKNOWN
    assert Event.objects.get().digest is None
    assert Subscriber.objects.get(email="bob@example.org").state == "active"


def test_a_provider_without_metadata_is_matched_by_its_own_id() -> None:
    name = "<2026.1@provider.example>"
    mine, other = make_digest(provider_id=name), make_digest("bob@example.org", provider_id=name)
    report(simply("delivered"), message_id=name)
    apply_events(now=NOW)
    assert (state_of(mine), state_of(other)) == (S.DELIVERED, S.ACCEPTED)


def test_our_message_id_names_the_digest_too() -> None:
    digest = make_digest(state=S.UNKNOWN)
    report({"event": "delivered", "smtp-id": f"<digest-{digest.pk}@127.0.0.1>"})
    apply_events(now=NOW)
    assert state_of(digest) == S.DELIVERED


def test_an_event_that_overtakes_our_own_record_waits_for_it() -> None:
    digest = make_digest(state=S.SENDING)
    report(simply("delivered"), message_id="p-1")
    assert apply_events(now=NOW) == 0
    Digest.objects.update(state=S.ACCEPTED, provider_id="p-1")
    assert apply_events(now=NOW) == 1
    assert state_of(digest) == S.DELIVERED


def test_a_mail_that_nobody_knows_changes_nothing() -> None:
    make_digest()
    report(HARD, to="stranger@example.org")
    report(simply("complained"), to="stranger@example.org", message_id="nobody's")
    report(SOFT, to="")
    assert apply_events(now=NOW) == 3
    assert not Suppression.objects.exists()


def test_many_deliveries_take_a_few_statements(django_assert_max_num_queries: Any) -> None:
    digests = [make_digest(f"r{number}@example.org") for number in range(200)]
    for digest in digests:
        report(simply("delivered"), to=digest.subscriber.email, digest=digest)
    with django_assert_max_num_queries(12):
        assert apply_events(now=NOW) == 200
    assert Digest.objects.filter(state=S.DELIVERED).count() == 200
    assert Event.objects.filter(digest__isnull=False).count() == 200


def test_what_waits_is_applied_batch_after_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.events.BATCH", 2)
    digest = make_digest()
    for _ in range(5):
        report(simply("sent"), digest=digest)
    assert apply_all(now=NOW) == 5


def test_the_task_applies_what_waits() -> None:
    digest = make_digest()
    report(simply("delivered"), digest=digest)
    tasks.apply_events()
    assert state_of(digest) == S.DELIVERED


def test_effects_and_the_mark_of_being_applied_stand_or_fall_together(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = make_digest()
    report(HARD, digest=digest)
    with monkeypatch.context() as broken:
        broken.setattr("digest.delivery.events.update_scores", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            apply_events(now=NOW)
    assert (state_of(digest), Event.objects.get().applied_at) == (S.ACCEPTED, None)
    assert apply_events(now=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_each_event_once() -> None:
    for number in range(40):
        report(SOFT, to=f"r{number % 4}@example.org", digest=make_digest(f"r{number % 4}@example.org"))
    start = threading.Barrier(4)

    def work(_: int) -> int:
        try:
            start.wait()
            return sum(apply_events(now=NOW, limit=5) for _ in range(10))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 40
    assert list(BounceScore.objects.values_list("score", flat=True)) == [1, 1, 1, 1]


def test_outcomes_of_an_edition_are_counted() -> None:
    edition = Edition.objects.create(period="2026-W31")
    states = [S.ACCEPTED, S.DELIVERED, S.DELIVERED, S.BOUNCED, S.COMPLAINED, S.SENDING, S.REFUSED]
    for number, state in enumerate(states):
        make_digest(f"r{number}@example.org", state, edition=edition)
    make_digest(state=S.BOUNCED)
    assert count_outcomes(edition_id=edition.pk) == Counter(accepted=5, bounced=1, complained=1)
