"""Asks a source for its first page and says what would come of it. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from django.db import transaction

from digest.papers.fetch import Caps, Fetcher
from digest.papers.matching import Shelf
from digest.papers.models import Source
from digest.papers.sources.base import BusyError, Item, Outline, Record, Rejection, SourceError, Visit
from digest.papers.sources.registry import FORMATS
from digest.papers.visiting import ask_for

# A person waits for the page, and a web process with them.
_CAPS = Caps(seconds=20, silence_seconds=8, sent_bytes=16 * 1024 * 1024, unpacked_bytes=64 * 1024 * 1024)
_PATIENCE = 10.0
_MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What came. `total`: how many there are in all, where the source says so; `trouble`: "" where all was well."""

    address: str = ""
    records: tuple[Record, ...] = ()
    known: int = 0
    rejections: tuple[Rejection, ...] = ()
    total: int | None = None
    trouble: str = ""


def try_source(source: Source, *, fetcher: Fetcher) -> Trial:
    """Ask for the first page of what a visit would ask for. What goes wrong is in the answer; nothing is raised."""
    visit = FORMATS[source.kind].visit if source.kind in FORMATS else None
    if visit is None:
        return Trial(trouble="This kind cannot be asked over the network; import its files instead.")
    if wrong := visit.check(source.query):
        return Trial(trouble=wrong)
    address = visit.address(ask_for(source, visit, now=fetcher.clock()), "")
    items: list[Item] = []
    try:
        # What came before an answer broke off stays in the list.
        items.extend(_read(source, visit, address, replace(fetcher, caps=_CAPS, sleep=_hurry(fetcher.sleep))))
    except SourceError as error:
        return _sum_up(source, items, Trial(address=address, trouble=str(error)))
    return _sum_up(source, items, Trial(address=address))


def _read(source: Source, visit: Visit, address: str, fetcher: Fetcher) -> Iterator[Item]:
    with fetcher.open(address, hosts=visit.hosts, headers=visit.headers()) as answer:
        yield from islice(FORMATS[source.kind].read(answer.stream), _MOST_ITEMS)


def _hurry(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """A wait that gives up once a person has waited long enough."""
    waited = 0.0

    def wait(seconds: float) -> None:
        nonlocal waited
        waited += seconds
        if waited > _PATIENCE:
            raise BusyError("The source", seconds)
        sleep(seconds)

    return wait


def _sum_up(source: Source, items: list[Item], trial: Trial) -> Trial:
    records = tuple(item for item in items if isinstance(item, Record))
    with transaction.atomic():
        shelf = Shelf.load(records, source)
        known = sum(shelf.find(record) is not None for record in records)
        transaction.set_rollback(True)
    return replace(
        trial,
        records=records,
        known=known,
        rejections=tuple(item for item in items if isinstance(item, Rejection)),
        total=next((item.total for item in items if isinstance(item, Outline) and item.total is not None), None),
    )
