"""Reads papers as the search index takes them in. Two queries however many; reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from digest.papers.models import Paper, PaperQuerySet, PaperVector
from digest.ranking.embed import Embedder
from digest.ranking.facts import Leaf

# Where reading of changes goes on: the moment and the id of the last row that was read.
Mark = tuple[datetime, int]
_COLUMNS = ("id", "title", "abstract", "listed_on", "source__name", "organisation", "submitter", "code_url")
# SQLite takes so many parameters in one statement, with room to spare.
_BATCH = 500


def read_leaves(papers: Sequence[int]) -> list[Leaf]:
    """The published ones of these papers, by ascending id."""
    found: list[Leaf] = []
    ordered = sorted(papers)
    for first in range(0, len(ordered), _BATCH):
        found += _read(Paper.objects.all().published().filter(pk__in=ordered[first : first + _BATCH]))
    return found


def _read(papers: PaperQuerySet) -> list[Leaf]:
    rows = list(papers.order_by("pk").values_list(*_COLUMNS))
    topics: dict[int, list[int]] = defaultdict(list)
    filed = Paper.topics.through.objects.filter(paper__in=[row[0] for row in rows])
    for paper, topic in filed.values_list("paper_id", "topic_id"):
        topics[paper].append(topic)
    return [
        Leaf(
            id=pk,
            title=title,
            abstract=abstract,
            day=listed_on.toordinal(),
            source=source or "",
            organisation=organisation,
            submitter=submitter,
            has_code=bool(code_url),
            topics=tuple(sorted(topics[pk])),
        )
        for pk, title, abstract, listed_on, source, organisation, submitter, code_url in rows
    ]


def find_changed(since: Mark | None) -> PaperQuerySet:
    """Papers of any state that changed after a mark, in the order of their changes."""
    papers = Paper.objects.order_by("updated_at", "id")
    if since is None:
        return papers
    # The first condition is what an index can start from; the second drops what was read at that very moment.
    return papers.filter(updated_at__gte=since[0]).exclude(updated_at=since[0], id__lte=since[1])


def list_changed(*, since: Mark | None, until: datetime, limit: int) -> list[Mark]:
    """The marks of papers that changed after one mark, up to a moment."""
    changed = find_changed(since).filter(updated_at__lte=until)
    return list(changed.values_list("updated_at", "id")[:limit])


def list_embedded(*, embedder: Embedder, since: Mark | None, until: datetime, limit: int) -> list[Mark]:
    """The marks of papers whose vector was stored after one mark, up to a moment."""
    made = PaperVector.objects.filter(model=embedder.name, embedded_at__lte=until).order_by("embedded_at", "paper_id")
    if since is not None:
        made = made.filter(embedded_at__gte=since[0]).exclude(embedded_at=since[0], paper_id__lte=since[1])
    return list(made.values_list("embedded_at", "paper_id")[:limit])
