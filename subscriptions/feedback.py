"""What readers say about papers: kept once a paper and kind, and not believed where only a machine is that fast."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from digest.papers.models import Paper
from subscriptions.models import Feedback, Interest, Opening, SavedPaper, Subscriber
from subscriptions.shelves import save_paper

# Link scanners press everything they find, right after delivery and all at once.
AFTER_DELIVERY = timedelta(seconds=15)
BURST_SPAN = timedelta(seconds=5)
BURST = 4
LEANING = {Feedback.Kind.MORE: 1.0, Feedback.Kind.LESS: -1.0}


class Said(StrEnum):
    """What became of a word."""

    KEPT = "kept"
    # Only a machine is that fast: marked, and without effect until it is said again.
    DOUBTED = "doubted"


def give_feedback(
    *, subscriber_id: int, paper_id: int, kind: Feedback.Kind, now: datetime, sent_at: datetime | None = None
) -> Said | None:
    """Keep one reader's word on one paper; `sent_at` is when the mail with its link was handed over.

    None: there is no such reader or paper. Raises `ValueError` with a sentence where a list is full.
    """
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None or not Paper.objects.all().published().filter(pk=paper_id).exists():
            return None
        is_early = is_too_soon(sent_at=sent_at, now=now)
        row = Feedback.objects.filter(subscriber=person, paper_id=paper_id, kind=kind).first()
        if row is None or row.made_by_machine:
            # A second press, by a person, makes true what a scanner pressed first.
            row, _ = Feedback.objects.update_or_create(
                subscriber=person,
                paper_id=paper_id,
                kind=kind,
                defaults={"made_by_machine": is_early, "created_at": now},
            )
        if is_early or _is_burst(person, now):
            return Said.DOUBTED
        _apply(person, row, now)
    return Said.KEPT


def is_too_soon(*, sent_at: datetime | None, now: datetime) -> bool:
    """Whether a press comes so shortly after the hand-over of its mail that nobody can have read it."""
    return sent_at is not None and now - sent_at < AFTER_DELIVERY


def find_burst(marks: QuerySet[Feedback] | QuerySet[Opening], *, now: datetime) -> list[int]:
    """The rows of one reader's marks that came within seconds, where only a machine makes so many; else none."""
    recent = marks.filter(created_at__gt=now - BURST_SPAN, created_at__lte=now)
    found = list(recent.values_list("id", flat=True))
    return found if len(found) >= BURST else []


def unhide(*, subscriber_id: int, paper_id: int) -> bool:
    """Let a hidden paper come by mail again. True: it is not hidden."""
    hidden = Feedback.objects.filter(subscriber_id=subscriber_id, paper_id=paper_id, kind=Feedback.Kind.HIDE)
    hidden.delete()
    return not hidden.exists()


def list_hidden(person: Subscriber) -> list[Paper]:
    """The papers a reader hid, latest first."""
    hidden = person.feedback.filter(kind=Feedback.Kind.HIDE, made_by_machine=False)
    return [row.paper for row in hidden.select_related("paper")]


def _is_burst(person: Subscriber, now: datetime) -> bool:
    """Whether this is one of many presses within seconds; all of them are taken back then."""
    found = find_burst(person.feedback.all(), now=now)
    if not found:
        return False
    recent = Feedback.objects.filter(pk__in=found)
    papers = list(recent.values_list("paper_id", flat=True))
    recent.update(made_by_machine=True)
    since = {"paper_id__in": papers, "created_at__gt": now - BURST_SPAN}
    Interest.objects.filter(subscriber=person, kind=Interest.Kind.PAPER, **since).delete()
    SavedPaper.objects.filter(collection__subscriber=person, **since).delete()
    return True


def _apply(person: Subscriber, row: Feedback, now: datetime) -> None:
    kind = Feedback.Kind(row.kind)
    if kind in LEANING:
        Feedback.objects.filter(subscriber=person, paper_id=row.paper_id, kind__in=LEANING).exclude(pk=row.pk).delete()
        Interest.objects.update_or_create(
            subscriber=person,
            kind=Interest.Kind.PAPER,
            paper_id=row.paper_id,
            defaults={"weight": LEANING[kind]},
            create_defaults={"weight": LEANING[kind], "created_at": now},
        )
    elif kind is Feedback.Kind.SAVE:
        save_paper(person=person, paper_id=row.paper_id, now=now)
