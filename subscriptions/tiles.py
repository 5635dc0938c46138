"""What a topic brings, shown where topics are chosen: the titles of some of its latest trending papers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from digest.papers.models import Paper
from digest.rendering.mathtext import plain_math

LOOK_BACK = timedelta(days=30)
TITLES = 2
# Enough of the best for every topic to find its own among them; a quiet topic's tile may stay without.
PAPERS = 600


def recent_titles(*, today: date) -> dict[int, list[str]]:
    """By topic id: up to two titles, best first, in two queries. A paper stands on one tile only."""
    best = Paper.objects.sendable().listed_between(today - LOOK_BACK, today).trending()[:PAPERS]
    titles = dict(best.values_list("pk", "title"))
    filed = Paper.topics.through.objects.filter(paper__in=titles).values_list("paper_id", "topic_id")
    topics: dict[int, list[int]] = defaultdict(list)
    for paper, topic in filed:
        topics[paper].append(topic)
    found: dict[int, list[str]] = defaultdict(list)
    for paper, title in titles.items():
        waiting = [topic for topic in sorted(topics[paper]) if len(found[topic]) < TITLES]
        if waiting:
            found[min(waiting, key=lambda topic: len(found[topic]))].append(plain_math(title))
    return found
