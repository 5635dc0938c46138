"""Prints the letters of a batch: frames and papers are made once, a letter is a join of ready bytes.

What it prints is what `present_digest` and the whole way of rendering say; where a letter is out of the
ordinary it prints nothing, and the whole way is to be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model

from digest.composing.presentation import NEWS, SECTIONS, Book, present_card, present_digest, present_news
from digest.composing.rows import DigestRow
from digest.rendering.letter import QuotedParts
from digest.rendering.strips import Frame, OwnLinks, Strip, fill_strips, make_frame, make_strip
from subscriptions.links import DigestLinks

# What an entry is made of; one with more in it is known by all it holds.
USUAL = ("paper", "score", "reasons")


class Printed(NamedTuple):
    """A letter, and where its reader leaves."""

    mail: QuotedParts
    leave_url: str


class Sheet(NamedTuple):
    """What the readers of one edition and rhythm share."""

    frame: Frame
    # By entry: the place of its section and its strip; None where it may not be shown any more.
    strips: dict[Hashable, tuple[int, Strip] | None]


class Press:
    """The sheets of one book.

    `guard` surrounds the making of whatever is not ready yet; it may bound its time.
    """

    def __init__(self, book: Book, *, guard: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._book = book
        self._guard = guard
        self._links = DigestLinks()
        self._made_from: dict[int, list[Any]] = {}
        self._said: tuple[object, ...] = ()
        self.turn(book)
        self._sheets: dict[Hashable, Sheet] = {}
        # Strips say nothing of rhythms: readers of any share them.
        self._strips: dict[Hashable, dict[Hashable, tuple[int, Strip] | None]] = {}

    def turn(self, book: Book) -> None:
        """Go on with a later look at the tables; what was made stays while nothing it was made from has changed."""
        editions = {pk: _columns(edition) for pk, edition in book.editions.items()}
        said = editions, book.topics, book.notes, book.community
        papers = {pk: _columns(paper) for pk, paper in book.papers.items()}
        known = self._made_from
        if said != self._said or any(known.get(pk, columns) != columns for pk, columns in papers.items()):
            self._sheets, self._strips, known = {}, {}, {}
        self._book, self._said, self._made_from = book, said, known | papers

    def print(self, row: DigestRow) -> Printed | None:
        """One reader's letter; None where nothing is left of it, or only the whole way can set it."""
        sheet = self._find_sheet(row)
        sections: list[list[Strip]] = [[] for _ in SECTIONS]
        for entry in row.entries:
            key = (entry["paper"], *[tuple(reason.values()) for reason in entry["reasons"]])
            if len(entry) > len(USUAL):
                key = (*key, str(entry))
            if key not in sheet.strips:
                with self._guard():
                    sheet.strips[key] = self._make_strip(entry, row, sheet.frame)
            # A paper may have gone altogether since its strip was made.
            if (found := sheet.strips[key]) is not None and entry["paper"] in self._book.papers:
                sections[found[0]].append(found[1])
        if not any(sections):
            return None
        sections[-1] += [strip for item in row.news if (strip := self._find_news(item, sheet))]
        filled = [(heading, strips) for heading, strips in zip(SECTIONS, sections, strict=True) if strips]
        reader = row.subscriber
        own = OwnLinks._make(self._links.of(subscriber_id=reader.pk, version=reader.token_version, period=row.period))
        mail = fill_strips(sheet.frame, filled, own=own, more_count=row.more_count)
        return Printed(mail, own.leave_url) if mail else None

    def _find_sheet(self, row: DigestRow) -> Sheet:
        # All of a digest and its reader that a frame may say, and nothing that is one reader's own.
        key = row[1:5], row.precedes_edition, row.subscriber[2:-1]
        if key not in self._sheets:
            with self._guard():
                frame = make_frame(present_digest(row._replace(entries=[], news=[]), self._book))
            alike = row.edition_id, row.precedes_edition, frame.detail
            self._sheets[key] = Sheet(frame, self._strips.setdefault(alike, {}))
        return self._sheets[key]

    def _find_news(self, item: dict[str, Any], sheet: Sheet) -> Strip | None:
        key = NEWS, *item.values()
        if key not in sheet.strips:
            with self._guard():
                card = present_news(item, self._book)
                made = make_strip(card, detail=sheet.frame.detail, site_url=settings.SITE_URL) if card else None
                sheet.strips[key] = (SECTIONS.index(NEWS), made) if made else None
        found = sheet.strips[key]
        return found[1] if found is not None and item["paper"] in self._book.papers else None

    def _make_strip(self, entry: dict[str, Any], row: DigestRow, frame: Frame) -> tuple[int, Strip] | None:
        found = present_card(entry, row, self._book)
        if found is None:
            return None
        heading, card = found
        return SECTIONS.index(heading), make_strip(card, detail=frame.detail, site_url=settings.SITE_URL)


def _columns(row: Model) -> list[Any]:
    """A row's values: model objects themselves are equal whatever they hold."""
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]  # noqa: SLF001  # Django documents _meta as public
