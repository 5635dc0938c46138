"""Readers' lists of papers: a paper goes in, comes out, and a list is shown to whoever knows its key."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from digest.papers.models import Paper, PaperQuerySet
from digest.papers.text import clean_line
from subscriptions.models import Collection, Interest, SavedPaper, Subscriber

DEFAULT_NAME = "Saved papers"
MOST_LISTS = 50
MOST_PAPERS = 1000


def save_paper(*, person: Subscriber, paper_id: int, now: datetime, name: str = "") -> Collection:
    """Put a paper on a reader's list, which is made where there is none of that name.

    What is saved is liked, which the reader sees among their interests and can take back there.
    Raises `ValueError` with a sentence for the reader.
    """
    name = clean_line(name)[:80] or DEFAULT_NAME
    with transaction.atomic():
        shelf = Collection.objects.filter(subscriber=person, name=name).first()
        if shelf is None:
            if Collection.objects.filter(subscriber=person).count() >= MOST_LISTS:
                raise ValueError(f"You have {MOST_LISTS} lists already. Please remove one first.")
            shelf, _ = Collection.objects.get_or_create(subscriber=person, name=name, defaults={"created_at": now})
        if shelf.saved.count() >= MOST_PAPERS:
            raise ValueError(f"“{shelf}” holds {MOST_PAPERS} papers already. Please start another list.")
        SavedPaper.objects.get_or_create(collection=shelf, paper_id=paper_id, defaults={"created_at": now})
        _like(person, paper_id, now)
    return shelf


def drop_everywhere(*, person: Subscriber, paper_id: int) -> bool:
    """Take a paper off all of a reader's lists. True: it is on none."""
    own = SavedPaper.objects.filter(collection__subscriber=person, paper_id=paper_id)
    own.delete()
    return not own.exists()


def drop_paper(*, person: Subscriber, key: str, paper_id: int) -> bool:
    """Take a paper off one of the reader's own lists. True: it is not on it."""
    own = SavedPaper.objects.filter(collection__subscriber=person, collection__key=key, paper_id=paper_id)
    own.delete()
    return not own.exists()


def papers_on(shelf: Collection) -> PaperQuerySet:
    """The published papers of a list, latest first."""
    ids = shelf.saved.values("paper_id")
    return Paper.objects.all().published().filter(pk__in=ids).order_by("-listed_on", "-id").prefetch_related("topics")


def _like(person: Subscriber, paper_id: int, now: datetime) -> None:
    paper = {"subscriber": person, "kind": Interest.Kind.PAPER, "paper_id": paper_id}
    liked, _ = Interest.objects.get_or_create(**paper, defaults={"created_at": now})
    if liked.weight < 0:
        Interest.objects.filter(pk=liked.pk).update(weight=1.0)
