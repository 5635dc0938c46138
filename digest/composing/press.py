"""Prints the letters of a batch: frames and papers are made once, a letter is a join of ready bytes.

What it prints is what `present_digest` and the whole way of rendering say; where a letter is out of the
ordinary it prints nothing, and the whole way is to be gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model

from digest.composing.book import Book
from digest.composing.entries import Choice, Entry
from digest.composing.presentation import (
    NEWS,
    SECTIONS,
    present_bare,
    present_digest,
    present_news,
    present_reasons,
)
from digest.composing.rows import DigestRow
from digest.papers.models import Paper
from digest.rendering.letter import QuotedParts
from digest.rendering.strip import BareStrip, Strip, make_bare, open_section, put_chips
from digest.rendering.strips import Frame, Laid, OwnLinks, OwnPage, fill_strips, lay_strips, make_frame
from subscriptions.links import DigestLinks

# What an entry is made of; one with more in it is known by all it holds.
USUAL = ("paper", "reasons")


class Printed(NamedTuple):
    """A letter, and where its reader leaves."""

    mail: QuotedParts
    leave_url: str


# A strip and where it stands: twice the place of its section, and one more behind the heading.
Placed = tuple[int, Strip]
_PLACE = itemgetter(0)

# An edition's row, and by paper what it says of its picks.
EditionSaid = tuple[dict[str, Any], dict[int, object]]


class Shelf:
    """The strips of an edition, by what they say; and by the entry itself where digests share it."""

    MOST = 5_000

    def __init__(self) -> None:
        # None where the paper may not be shown any more.
        self._by_paper: dict[int, BareStrip | None] = {}
        self._by_words: dict[Hashable, Placed | None] = {}
        self._by_entry: dict[int, Placed] = {}
        self._by_choice: dict[int, Laid] = {}
        # They are held, so that nothing else can come to have their identity.
        self._held: list[Entry | Choice] = []

    def find_entries(self, entries: Sequence[dict[str, Any]]) -> list[Placed] | None:
        """The strips of entries that were met before; None where one of them was not."""
        held = list(map(self._by_entry.get, map(id, entries)))
        return held if all(held) else None  # type: ignore[return-value]  # then none of them is None

    def find_entry(self, entry: dict[str, Any], make: Callable[[], Placed | None]) -> Placed | None:
        """An entry's strip; made where it is not there."""
        if id(entry) in self._by_entry:
            return self._by_entry[id(entry)]
        placed = self.find(_words(entry), make)
        if placed and isinstance(entry, Entry):
            self._by_entry[id(entry)] = placed
            self._held.append(entry)
        return placed

    def find(self, key: Hashable, make: Callable[[], Placed | None]) -> Placed | None:
        """The strip that says this; made where it is not there."""
        if key not in self._by_words:
            if len(self._by_words) >= self.MOST:
                self.clear()
            self._by_words[key] = make()
        return self._by_words[key]

    def find_paper(self, paper: int, make: Callable[[], BareStrip | None]) -> BareStrip | None:
        """The strip of a paper without reasons; made where it is not there."""
        if paper not in self._by_paper:
            self._by_paper[paper] = make()
        return self._by_paper[paper]

    def find_laid(self, choice: Choice) -> Laid | None:
        """All papers of readers who are alike, if they were laid before."""
        return self._by_choice.get(id(choice))

    def keep_laid(self, choice: Choice, laid: Laid) -> None:
        """They were laid: so for the next of these readers."""
        if len(self._by_choice) >= self.MOST:
            self.clear()
        self._by_choice[id(choice)] = laid
        self._held.append(choice)

    def clear(self) -> None:
        """Forget everything."""
        self._by_paper.clear()
        self._by_words.clear()
        self._by_entry.clear()
        self._by_choice.clear()
        self._held.clear()


class Sheet(NamedTuple):
    """What the readers of one edition and rhythm share."""

    edition_id: int | None
    frame: Frame
    shelf: Shelf


class Press:
    """The sheets of one book, and of those after it.

    `guard` surrounds the making of whatever is not ready yet; it may bound its time.
    """

    # A press that is kept for long forgets everything now and then.
    MOST_SHEETS, MOST_PAPERS = 200, 5_000
    # So many looks at other editions, and one is over: what was made for it goes.
    LOOKS_KEPT = 8

    def __init__(self, book: Book, *, guard: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._book = book
        self._guard = guard
        self._links = DigestLinks()
        self._pages = [OwnPage(page) for page in self._links.pages]
        self._made_from: dict[int, Paper] = {}
        self._topics: dict[int, str] = {}
        self._said: dict[int, EditionSaid] = {}
        # How many looks there were at editions, and which one was the last at each.
        self._looks = 0
        self._looked_at: dict[int, int] = {}
        self._sheets: dict[Hashable, Sheet] = {}
        # Strips say nothing of rhythms: readers of any share them.
        self._shelves: dict[tuple[int | None, Hashable], Shelf] = {}
        self.turn(book)

    def turn(self, book: Book) -> None:
        """Go on with a later look at the tables; what was made stays while nothing it was made from has changed."""
        said, known = _tell_editions(book), self._made_from
        has_changed = any(_differs(known.get(pk, paper), paper) for pk, paper in book.papers.items())
        # An edition that this look is not about is as it was.
        has_changed |= any(self._said.get(pk, told) != told for pk, told in said.items())
        is_full = len(self._sheets) > self.MOST_SHEETS or len(known) > self.MOST_PAPERS
        if is_full or has_changed or book.topics != self._topics or not book.gone.isdisjoint(known):
            self._sheets, self._shelves, self._said, known = {}, {}, {}, {}
        self._book, self._topics = book, book.topics
        self._said, self._made_from = self._said | said, known | book.papers
        self._forget_editions(book)

    def _forget_editions(self, book: Book) -> None:
        """Let go of the editions that were not looked at for long."""
        self._looks += bool(book.editions)
        self._looked_at |= dict.fromkeys(book.editions, self._looks)
        over = {pk for pk, look in self._looked_at.items() if self._looks - look > self.LOOKS_KEPT}
        if not over:
            return
        self._sheets = {key: sheet for key, sheet in self._sheets.items() if sheet.edition_id not in over}
        self._shelves = {key: shelf for key, shelf in self._shelves.items() if key[0] not in over}
        for pk in over:
            del self._looked_at[pk]
            self._said.pop(pk, None)

    def print(self, row: DigestRow) -> Printed | None:
        """One reader's letter; None where nothing is left of it, or only the whole way can set it."""
        if row.looks_back:
            # It says in words how many papers it holds.
            return None
        sheet = self._find_sheet(row)
        laid = self._lay(row, sheet)
        if laid is None:
            return None
        reader = row.subscriber
        manage, leave, digest = self._links.of(subscriber_id=reader.pk, version=reader.token_version, period=row.period)
        to_manage, to_leave, to_digest = self._pages
        own = OwnLinks(to_manage.quote(manage), to_leave.quote(leave), to_digest.quote(digest))
        mail = fill_strips(sheet.frame, laid, own=own, more_count=row.more_count)
        return Printed(mail, self._links.pages[1] + leave.decode()) if mail else None

    def _lay(self, row: DigestRow, sheet: Sheet) -> Laid | None:
        """All papers of a letter, once for readers who are alike; None where none of them may be shown."""
        choice = row.entries if isinstance(row.entries, Choice) and not row.news else None
        if choice is not None and (held := sheet.shelf.find_laid(choice)):
            return held
        placed = sheet.shelf.find_entries(row.entries) or self._place_all(row, sheet)
        if not placed:
            return None
        placed += self._place_news(row, sheet)
        _, strips = zip(*sorted(placed + _open_sections(placed), key=_PLACE), strict=True)
        laid = lay_strips(strips)
        if choice is not None:
            sheet.shelf.keep_laid(choice, laid)
        return laid

    def _find_sheet(self, row: DigestRow) -> Sheet:
        # All of a digest and its reader that a frame may say, and nothing that is one reader's own.
        key = row[1:5], row.precedes_edition, row.subscriber[2:6], row.subscriber[7:]
        if key not in self._sheets:
            with self._guard():
                frame = make_frame(present_digest(row._replace(entries=[], news=[]), self._book))
            alike = row.edition_id, (row.precedes_edition, frame.detail, row.subscriber.counts_clicks)
            self._sheets[key] = Sheet(row.edition_id, frame, self._shelves.setdefault(alike, Shelf()))
        return self._sheets[key]

    def _place_all(self, row: DigestRow, sheet: Sheet) -> list[Placed]:
        """The strips of a digest's entries that may be shown."""
        with self._guard():
            found = [
                sheet.shelf.find_entry(entry, partial(self._make_strip, row, sheet, entry)) for entry in row.entries
            ]
        return [placed for placed in found if placed]

    def _place_news(self, row: DigestRow, sheet: Sheet) -> list[Placed]:
        """The same for what happened to papers that were sent before."""
        found = [
            sheet.shelf.find((NEWS, *item.values()), partial(self._make_news, sheet.frame, item)) for item in row.news
        ]
        return [placed for placed in found if placed]

    def _make_news(self, frame: Frame, item: dict[str, Any]) -> Placed | None:
        with self._guard():
            card = present_news(item, self._book)
            if card is None:
                return None
            bare = make_bare(card, detail=frame.detail, site_url=settings.SITE_URL)
            return _place(NEWS), put_chips(bare, ())

    def _make_strip(self, row: DigestRow, sheet: Sheet, entry: dict[str, Any]) -> Placed | None:
        paper = entry["paper"]
        bare = sheet.shelf.find_paper(paper, partial(self._make_bare, row, sheet.frame, paper))
        if bare is None:
            return None
        heading, chips = present_reasons(entry, row, self._book)
        return _place(heading), put_chips(bare, chips)

    def _make_bare(self, row: DigestRow, frame: Frame, paper: int) -> BareStrip | None:
        card = present_bare(paper, row, self._book)
        return make_bare(card, detail=frame.detail, site_url=settings.SITE_URL) if card else None


def _place(heading: str) -> int:
    """Where the strips of a section stand."""
    return 2 * SECTIONS.index(heading) + 1


def _open_sections(placed: Iterable[Placed]) -> list[Placed]:
    """The headings of these strips, each before its section."""
    return [(place - 1, open_section(SECTIONS[place // 2])) for place in set(map(_PLACE, placed))]


def _words(entry: dict[str, Any]) -> Hashable:
    """What an entry says, to be compared with others."""
    key = (entry["paper"], *[tuple(reason.values()) for reason in entry["reasons"]])
    return (*key, str(entry)) if len(entry) > len(USUAL) else key


def _tell_editions(book: Book) -> dict[int, EditionSaid]:
    """What the editions of a book say, by their ids."""
    picks: dict[int, dict[int, object]] = defaultdict(dict)
    for (edition, paper), note in book.notes.items():
        picks[edition][paper] = note, (edition, paper) in book.community
    return {pk: (_columns(edition), picks[pk]) for pk, edition in book.editions.items()}


def _differs(one: Paper, other: Paper) -> bool:
    return one is not other and _columns(one) != _columns(other)


def _columns(row: Model) -> dict[str, Any]:
    """A row's values, as far as they were read: model objects themselves are equal whatever they hold."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}
