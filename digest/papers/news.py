"""News about papers we knew already: revised, published, withdrawn, code released. Notes them, and finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from digest.papers.models import News, Paper

_DETAIL_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a paper may become news, at one moment."""

    version: int | None
    is_published: bool
    is_withdrawn: bool
    has_code: bool

    @classmethod
    def of(cls, paper: Paper) -> Standing:
        """The same of a paper."""
        return cls(
            version=paper.version,
            is_published=bool(paper.venue or paper.doi),
            is_withdrawn=paper.withdrawn_at is not None,
            has_code=bool(paper.code_url),
        )


def note_changes(changes: Iterable[tuple[Paper, Standing]], *, now: datetime) -> None:
    """Store what happened to papers since they stood as given. Told twice, it is stored once."""
    rows = [news for paper, before in changes for news in _compare(paper, before, now)]
    News.objects.bulk_create(rows, ignore_conflicts=True)


def note_withdrawals(papers: Iterable[int], *, now: datetime) -> None:
    """Store that these papers were withdrawn."""
    kind = News.Kind.WITHDRAWN
    News.objects.bulk_create(
        (News(paper_id=paper, kind=kind, happened_at=now) for paper in papers), ignore_conflicts=True
    )


def find_news(*, since: datetime, until: datetime) -> list[News]:
    """What happened to papers after `since` and up to `until`, the latest first, with the papers at hand.

    Of several revisions of a paper only the last one; nothing else about a withdrawn one; hidden papers never.
    It is for readers who were sent the paper, and for nobody else.
    """
    shown = Paper.objects.all().published()
    stands = Q(paper__withdrawn_at__isnull=False) | ~Q(kind=News.Kind.WITHDRAWN)
    rows = News.objects.filter(stands, paper__in=shown, happened_at__gt=since, happened_at__lte=until)
    found: dict[tuple[int, str], News] = {}
    for news in rows.select_related("paper"):
        found.setdefault((news.paper_id, news.kind), news)
    gone = {paper for paper, kind in found if kind == News.Kind.WITHDRAWN}
    return [news for (paper, kind), news in found.items() if paper not in gone or kind == News.Kind.WITHDRAWN]


def _compare(paper: Paper, before: Standing, now: datetime) -> Iterator[News]:
    after = Standing.of(paper)
    told: list[tuple[News.Kind, str]] = []
    if before.version and after.version and after.version > before.version:
        told.append((News.Kind.REVISED, f"v{after.version}"))
    if after.is_published and not before.is_published:
        told.append((News.Kind.PUBLISHED, paper.venue or f"doi:{paper.doi}"))
    if after.is_withdrawn and not before.is_withdrawn:
        told.append((News.Kind.WITHDRAWN, ""))
    if after.has_code and not before.has_code:
        told.append((News.Kind.CODE, paper.code_url))
    for kind, detail in told:
        yield News(paper=paper, kind=kind, detail=detail[:_DETAIL_LENGTH], happened_at=now)
