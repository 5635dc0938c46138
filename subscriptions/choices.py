"""What a reader chooses — rhythm, topics, keywords, length — and how it is kept and read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from subscriptions.cadence import Rhythm, local_day, next_slot
from subscriptions.keywords import Keyword
from subscriptions.models import Cadence, Interest, Subscriber, Weekday

FOLLOW = 1.0
MUTE = -1.0
DEFAULT_RHYTHM = Rhythm(Cadence.WEEKLY, Weekday.MONDAY, 8, "UTC")


@dataclass(frozen=True, slots=True)
class Choices:
    """One reader's choices. `paper_limit` None and "" elsewhere leave what is stored, or the model's default."""

    rhythm: Rhythm = DEFAULT_RHYTHM
    topic_ids: frozenset[int] = field(default_factory=frozenset)
    keywords: tuple[Keyword, ...] = ()
    paper_limit: int | None = None
    layout: str = ""
    date_language: str = ""


def rhythm_of(person: Subscriber) -> Rhythm:
    """The rhythm a subscriber's row holds."""
    return Rhythm(person.cadence, person.weekday, person.hour, person.timezone)


def next_day(person: Subscriber) -> date | None:
    """The reader's own calendar day of their next digest, where one is to come."""
    return local_day(person.next_due_at, rhythm_of(person)) if person.next_due_at else None


def store_choices(person: Subscriber, choices: Choices, *, now: datetime) -> None:
    """Write choices to the row and its interests; a changed rhythm moves an active reader's next slot.

    Call inside a transaction that holds the row.
    """
    rhythm = choices.rhythm
    if person.state == Subscriber.State.ACTIVE and rhythm != rhythm_of(person):
        person.next_due_at = next_slot(rhythm, after=now)
    person.cadence, person.weekday = rhythm.cadence, rhythm.weekday
    person.hour, person.timezone = rhythm.hour, rhythm.timezone
    if choices.paper_limit is not None:
        person.paper_limit = choices.paper_limit
    person.layout = choices.layout or person.layout
    person.date_language = choices.date_language or person.date_language
    person.save()
    _replace_interests(person, choices)


def _replace_interests(person: Subscriber, choices: Choices) -> None:
    """Put the form's interests in place of those it showed. What stays chosen keeps its strength."""
    shown = person.interests.filter(shown_in_forms())
    strength = {(row.topic_id, row.text): row.weight for row in shown}
    shown.delete()
    # Ticking a topic that was muted follows it again.
    person.interests.filter(kind=Interest.Kind.TOPIC, topic_id__in=choices.topic_ids).delete()
    rows = interest_rows(person.pk, choices.topic_ids, choices.keywords)
    for row in rows:
        before = strength.get((row.topic_id, row.text), row.weight)
        row.weight = before if (before > 0) == (row.weight > 0) else row.weight
    Interest.objects.bulk_create(rows)


def interest_rows(subscriber_id: int, topic_ids: frozenset[int], keywords: tuple[Keyword, ...]) -> list[Interest]:
    """Unsaved rows for topics followed and keywords followed or muted."""
    kinds = Interest.Kind
    topics = [
        Interest(subscriber_id=subscriber_id, kind=kinds.TOPIC, topic_id=topic_id, weight=FOLLOW)
        for topic_id in sorted(topic_ids)
    ]
    words = [
        Interest(subscriber_id=subscriber_id, kind=kinds.KEYWORD, text=word.text, weight=MUTE if word.muted else FOLLOW)
        for word in keywords
    ]
    return topics + words


def shown_in_forms() -> Q:
    """Interests that a form shows and so may replace. Muted topics, and topics out of use, stay as they are."""
    kinds = Interest.Kind
    return Q(kind=kinds.KEYWORD) | Q(kind=kinds.TOPIC, topic__is_active=True, weight__gt=0)


def keywords_of(person: Subscriber) -> tuple[Keyword, ...]:
    """The stored keywords, in the order they were given."""
    rows = person.interests.filter(kind=Interest.Kind.KEYWORD).order_by("id")
    return tuple(Keyword(row.text, muted=row.weight < 0) for row in rows)
