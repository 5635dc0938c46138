"""What a reader follows and mutes, in words, and the small steps that change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from digest.papers.text import clean_line
from subscriptions.marks import Feedback
from subscriptions.models import Interest, Subscriber

STRONGEST, WEAKEST = 4.0, 0.25
STEP = 2.0
MUTED = -1.0
NAMED = (Interest.Kind.AUTHOR, Interest.Kind.ORGANISATION)
LONGEST_NAME = 100
MOST_NAMES = 100


class Step(StrEnum):
    """What a reader may do with one interest."""

    STRENGTHEN = "strengthen"
    WEAKEN = "weaken"
    MUTE = "mute"
    FOLLOW = "follow"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Leaning:
    """One interest in words, with the steps that make sense for it."""

    interest_id: int
    kind: str
    name: str
    strength: str
    is_paper: bool
    steps: tuple[Step, ...]


def list_leanings(person: Subscriber) -> Iterator[Leaning]:
    """Every interest of a reader, in words."""
    for interest in person.interests.select_related("topic", "paper").order_by("kind", "id"):
        yield Leaning(
            interest_id=interest.pk,
            kind=interest.get_kind_display(),
            name=str(interest),
            strength=_strength(interest.weight),
            is_paper=interest.kind == Interest.Kind.PAPER,
            steps=_steps(interest),
        )


def find_interest(*, subscriber_id: int, kind: str, number: int, text: str, create: bool = False) -> Interest | None:
    """The interest behind a reason in a digest; made, as a plain one, where `create` asks for it and it can be."""
    own = Interest.objects.filter(subscriber_id=subscriber_id, kind=kind)
    named_by: dict[str, dict[str, Any]] = {
        Interest.Kind.TOPIC: {"topic_id": number},
        Interest.Kind.PAPER: {"paper_id": number},
        Interest.Kind.KEYWORD: {"text": text},
        Interest.Kind.AUTHOR: {"text": text},
        Interest.Kind.ORGANISATION: {"text": text},
    }
    if kind not in named_by:
        return None
    names = named_by[kind]
    found = own.filter(**names).first()
    if found is not None or not create or not Subscriber.objects.filter(pk=subscriber_id).exists():
        return found
    return Interest.objects.create(subscriber_id=subscriber_id, kind=kind, **names)


def follow_name(*, subscriber_id: int, kind: str, text: str) -> str:
    """Follow an author or an organisation by name; the answer is what the database holds now, as a sentence.

    Raises `ValueError` with a sentence for the reader.
    """
    name = clean_line(text)
    if kind not in NAMED:
        raise ValueError("Choose an author or an organisation.")
    if not name:
        raise ValueError("Type the name to follow, as it stands on papers.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    with transaction.atomic():
        own = Interest.objects.select_for_update().filter(subscriber_id=subscriber_id, kind__in=NAMED)
        if own.count() >= MOST_NAMES:
            raise ValueError(f"You follow {MOST_NAMES} names already. Please remove one first.")
        known = own.filter(kind=kind, text__iexact=name).first()
        known = known or Interest.objects.create(subscriber_id=subscriber_id, kind=kind, text=name)
        Interest.objects.filter(pk=known.pk, weight__lt=0).update(weight=1.0)
    return f"“{known}” is followed."


def like_papers(*, subscriber_id: int, paper_ids: Iterable[int], now: datetime) -> int:
    """Keep papers a reader brought along as liked; return how many of them were not known as such before."""
    kind, wanted = Interest.Kind.PAPER, list(dict.fromkeys(paper_ids))
    own = Interest.objects.filter(subscriber_id=subscriber_id, kind=kind)
    before = own.count()
    rows = [Interest(subscriber_id=subscriber_id, kind=kind, paper_id=number, created_at=now) for number in wanted]
    Interest.objects.bulk_create(rows, ignore_conflicts=True)
    return own.count() - before


def forget_taste(*, subscriber_id: int) -> str:
    """Start over: nothing followed, muted or learnt. Saved lists, and what was hidden, stay."""
    with transaction.atomic():
        Interest.objects.filter(subscriber_id=subscriber_id).delete()
        Feedback.objects.filter(subscriber_id=subscriber_id).exclude(kind=Feedback.Kind.HIDE).delete()
    left = Interest.objects.filter(subscriber_id=subscriber_id).count()
    return "Forgotten: your next digest starts from the papers of every topic." if not left else ""


def take_step(*, subscriber_id: int, interest_id: int, step: Step) -> str:
    """Change one interest and return what the database holds of it now, as a sentence; "" where it is not theirs."""
    with transaction.atomic():
        own = Interest.objects.select_for_update(of=("self",)).filter(subscriber_id=subscriber_id, pk=interest_id)
        interest = own.select_related("topic", "paper").first()
        if interest is None:
            return ""
        if step is Step.REMOVE:
            interest.delete()
        else:
            own.update(weight=_next_weight(interest.weight, step))
        # From now on the step counts, not what was once said in a mail.
        if interest.paper is not None:
            words = Feedback.objects.filter(subscriber_id=subscriber_id, paper=interest.paper)
            words.exclude(kind=Feedback.Kind.HIDE).delete()
    kept = Interest.objects.filter(pk=interest_id).values_list("weight", flat=True).first()
    return f"“{interest}” is {'removed' if kept is None else _strength(kept)}."


def _next_weight(weight: float, step: Step) -> float:
    match step:
        case Step.STRENGTHEN:
            return min(weight * STEP, STRONGEST)
        case Step.WEAKEN:
            return max(weight / STEP, WEAKEST)
        case Step.MUTE:
            return MUTED
        case _:
            return 1.0


def _steps(interest: Interest) -> tuple[Step, ...]:
    if interest.weight < 0:
        return (Step.FOLLOW, Step.REMOVE)
    steps = [Step.STRENGTHEN] if interest.weight < STRONGEST else []
    steps += [Step.WEAKEN] if interest.weight > WEAKEST else []
    return (*steps, Step.MUTE, Step.REMOVE)


def _strength(weight: float) -> str:
    if weight < 0:
        return "muted"
    if weight > 1:
        return "followed strongly"
    return "followed" if weight == 1 else "followed a little"
