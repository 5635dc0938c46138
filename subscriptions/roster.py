"""Brings many subscribers in at once: a bounded number of statements for each batch of rows.

Nobody is mailed, nobody who left or is suppressed comes back, and only rows with proof of consent
become active.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice

from django.db import transaction

from subscriptions.addresses import address_columns
from subscriptions.cadence import Rhythm, next_slot
from subscriptions.choices import interest_rows, rhythm_of, shown_in_forms
from subscriptions.keywords import Keyword
from subscriptions.models import Interest, Subscriber, Suppression
from subscriptions.table import Rejected, Row

BATCH = 1000
PENDING, ACTIVE, PAUSED, LEFT = Subscriber.State
CHANGEABLE = (
    "cadence",
    "weekday",
    "hour",
    "timezone",
    "state",
    "consent_at",
    "consent_source",
    "next_due_at",
)


@dataclass(slots=True)
class Tally:
    """What became of a table so far."""

    lines: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    # Said to be active, without proof of consent: kept as not confirmed.
    unproven: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.added} added, {self.updated} updated, {self.unchanged} unchanged, {len(self.rejected)} rejected"


@dataclass(frozen=True, slots=True)
class Held:
    """The interests of one person that a table can say something about."""

    topic_ids: frozenset[int] = frozenset()
    keywords: tuple[Keyword, ...] = ()

    def same_as(self, other: Held) -> bool:
        """Whether both mean the same, whatever the order of keywords."""
        return self.topic_ids == other.topic_ids and set(self.keywords) == set(other.keywords)


@dataclass(slots=True)
class Plan:
    """What a batch will write."""

    new: list[tuple[Subscriber, Held]] = field(default_factory=list)
    changed: list[tuple[Subscriber, Held]] = field(default_factory=list)


def enroll(rows: Iterable[Row | Rejected], *, now: datetime, dry_run: bool = False) -> Iterator[Tally]:
    """Store rows batch by batch, each in its own transaction; yields the running tally after each."""
    tally = Tally()
    seen: dict[str, int] = {}
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        good = []
        for row in batch:
            verdict = row if isinstance(row, Rejected) else _reject_repeat(row, seen)
            if isinstance(verdict, Rejected):
                tally.rejected.append(verdict)
            else:
                good.append(verdict)
        with transaction.atomic():
            plan = _plan(good, tally, now=now)
            if not dry_run:
                _write(plan)
        tally.lines += len(batch)
        yield tally


def _reject_repeat(row: Row, seen: dict[str, int]) -> Row | Rejected:
    first = seen.setdefault(row.email.casefold(), row.line)
    return row if first == row.line else Rejected(row.line, f"the same address as line {first}")


def _plan(rows: list[Row], tally: Tally, *, now: datetime) -> Plan:
    columns = {row.line: address_columns(row.email) for row in rows}
    people = Subscriber.objects.select_for_update().filter(email_key__in=[c["email_key"] for c in columns.values()])
    known = {person.email_key: person for person in people}
    hashes = [c["address_hash"] for c in columns.values()]
    stopped = set(Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True))
    held = _read_held([person.pk for person in known.values()])
    plan = Plan()
    for row in rows:
        person = known.get(columns[row.line]["email_key"])
        if columns[row.line]["address_hash"] in stopped:
            tally.rejected.append(Rejected(row.line, "this address is suppressed: it must not be written to"))
        elif person is None:
            plan.new.append((_new_person(row, columns[row.line], now=now), Held(row.topic_ids, row.keywords)))
            tally.added += 1
            tally.unproven += row.state == ACTIVE and row.consent_at is None
        elif person.state == LEFT:
            tally.rejected.append(Rejected(row.line, "this person has unsubscribed; only they can come back"))
        else:
            _plan_known(row, person, held[person.pk], plan, tally, now=now)
    return plan


def _plan_known(row: Row, person: Subscriber, before: Held, plan: Plan, tally: Tally, *, now: datetime) -> None:
    after = Held(
        row.topic_ids if "topics" in row.given else before.topic_ids,
        row.keywords if "keywords" in row.given else before.keywords,
    )
    if _update_person(person, row, now=now) or not after.same_as(before):
        plan.changed.append((person, after))
        tally.updated += 1
    else:
        tally.unchanged += 1
    tally.unproven += row.state == ACTIVE and person.state == PENDING


def _new_person(row: Row, columns: dict[str, str], *, now: datetime) -> Subscriber:
    person = Subscriber(**columns, created_at=now)
    _set_rhythm(person, row.rhythm)
    if row.consent_at:
        person.consent_at, person.consent_source = row.consent_at, row.consent_source
    if row.state == ACTIVE and row.consent_at:
        person.state = ACTIVE
        person.next_due_at = _first_slot(row.rhythm, row.consent_at)
    return person


def _update_person(person: Subscriber, row: Row, *, now: datetime) -> bool:
    """Take over what the row says; whether that changed anything."""
    before = [getattr(person, name) for name in CHANGEABLE]
    old = rhythm_of(person)
    rhythm = Rhythm(
        **{
            name: getattr(row.rhythm if name in row.given else old, name)
            for name in ("cadence", "weekday", "hour", "timezone")
        }
    )
    _set_rhythm(person, rhythm)
    if person.state == PENDING and row.state == ACTIVE and row.consent_at:
        person.state = ACTIVE
        person.consent_at, person.consent_source = row.consent_at, row.consent_source
        person.next_due_at = _first_slot(rhythm, row.consent_at)
    elif person.state == ACTIVE and rhythm != old:
        person.next_due_at = _first_slot(rhythm, now)
    return before != [getattr(person, name) for name in CHANGEABLE]


def _set_rhythm(person: Subscriber, rhythm: Rhythm) -> None:
    person.cadence, person.weekday = rhythm.cadence, rhythm.weekday
    person.hour, person.timezone = rhythm.hour, rhythm.timezone


# Tables often hold one rhythm and one consent moment for thousands of people.
@lru_cache(maxsize=4096)
def _first_slot(rhythm: Rhythm, after: datetime) -> datetime:
    return next_slot(rhythm, after=after)


def _read_held(subscriber_ids: list[int]) -> dict[int, Held]:
    topics: dict[int, set[int]] = defaultdict(set)
    words: dict[int, list[Keyword]] = defaultdict(list)
    rows = Interest.objects.filter(shown_in_forms(), subscriber_id__in=subscriber_ids).order_by("id")
    for owner, topic_id, text, weight in rows.values_list("subscriber_id", "topic_id", "text", "weight"):
        if topic_id is not None:
            topics[owner].add(topic_id)
        else:
            words[owner].append(Keyword(text, muted=weight < 0))
    return {owner: Held(frozenset(topics[owner]), tuple(words[owner])) for owner in subscriber_ids}


def _write(plan: Plan) -> None:
    Subscriber.objects.bulk_create([person for person, _ in plan.new])
    changed = [person for person, _ in plan.changed]
    # An insert that turns into an update: bulk_update's CASE expressions cost fifty times as much.
    Subscriber.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=[*CHANGEABLE, "updated_at"]
    )
    Interest.objects.filter(shown_in_forms(), subscriber__in=changed).delete()
    both = plan.new + plan.changed
    Interest.objects.bulk_create(
        [row for person, held in both for row in interest_rows(person.pk, held.topic_ids, held.keywords)]
    )
