"""What became of papers that readers were sent, for a batch of digests in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from digest.composing.models import Digest
from digest.composing.rows import PaperIds, PlannedRow
from digest.composing.setwise import Among
from digest.papers.models import News
from digest.papers.news import find_news

# News is news for so long.
FRESH = timedelta(days=31)
# The latest few: the section is to stay short.
MOST_TOLD = 3
ARRIVED = [Digest.State.ACCEPTED, Digest.State.DELIVERED]

# What happened to which paper, as a digest keeps it.
Item = dict[str, Any]
# By paper.
Happened = dict[int, list[News]]


def load_news(digests: Sequence[PlannedRow], *, seen: Mapping[int, frozenset[int]]) -> dict[int, list[Item]]:
    """By subscriber id, the latest first: what happened to a paper after they were sent it, not told yet.

    `seen` are the papers that each reader was sent. Most readers are not in the result.
    """
    if not any(seen.values()):
        return {}
    slots = {digest.subscriber_id: digest.slot_at for digest in digests}
    happened: Happened = defaultdict(list)
    for news in find_news(since=min(slots.values()) - FRESH, until=max(slots.values())):
        happened[news.paper_id].append(news)
    concerned = [reader for reader, papers in seen.items() if not papers.isdisjoint(happened)]
    if not concerned:
        return {}
    found = _find_untold(concerned, happened, slots)
    return {reader: _pick_latest(news) for reader, news in found.items() if news}


def _find_untold(
    readers: Collection[int], happened: Happened, slots: Mapping[int, datetime]
) -> dict[int, dict[tuple[int, str, str], News]]:
    """What each reader's earlier digests make news for them, without what these said already."""
    found: dict[int, dict[tuple[int, str, str], News]] = {reader: {} for reader in readers}
    earlier = Digest.objects.filter(Among("subscriber_id", readers), state__in=ARRIVED).order_by("slot_at", "id")
    for reader, sent_at, papers, told in earlier.values_list("subscriber_id", "slot_at", PaperIds("entries"), "news"):
        for paper in happened.keys() & papers:
            for news in happened[paper]:
                if sent_at < news.happened_at <= slots[reader]:
                    found[reader][paper, news.kind, news.detail] = news
        for item in told:
            found[reader].pop((item["paper"], item["kind"], item["detail"]), None)
    return found


def _pick_latest(untold: Mapping[Any, News]) -> list[Item]:
    latest = sorted(untold.values(), key=lambda news: (news.happened_at, news.pk), reverse=True)[:MOST_TOLD]
    return [{"paper": news.paper_id, "kind": str(news.kind), "detail": news.detail} for news in latest]
