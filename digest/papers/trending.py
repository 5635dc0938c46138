"""How far up papers stand, from what is known of their votes and stars by day. One query for many papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from digest.papers.models import Paper, Signal
from digest.papers.votes import trend_of

# A new star of its code counts as much as this many votes.
STAR_WORTH = 0.1
# A day, and the votes, stars and readers' votes told of it; None where nothing was.
Day = tuple[date, int | None, int | None, int]
Gains = list[tuple[date, float]]


def find_trends(papers: Collection[Paper]) -> dict[int, float]:
    """The trending number of each stored paper, by its id."""
    days: dict[int, list[Day]] = defaultdict(list)
    rows = Signal.objects.filter(paper__in=[paper.pk for paper in papers]).order_by("paper_id", "day")
    for paper, day, votes, stars, own in rows.values_list("paper_id", "day", "votes", "stars", "reader_votes"):
        days[paper].append((day, votes, stars, own))
    return {paper.pk: _find_trend(paper, days.get(paper.pk, [])) for paper in papers}


def refresh_trends(papers: Collection[Paper]) -> None:
    """Work out and store the trending numbers of a few papers."""
    for pk, trend in find_trends(papers).items():
        Paper.objects.filter(pk=pk).update(trend=trend)
    for paper in papers:
        paper.refresh_from_db(fields=["trend"])


def _find_trend(paper: Paper, days: Sequence[Day]) -> float:
    """Votes whose day nobody knows, such as those of a first look, count as the listing day's."""
    votes = count_gains((day, votes) for day, votes, _, _ in days if votes is not None)
    stars = count_gains((day, stars) for day, _, stars, _ in days if stars is not None)
    votes += [(day, own) for day, _, _, own in days if own]
    early = max(paper.votes - sum(amount for _, amount in votes), 0)
    # What a repository had before the paper came is no news.
    gained = votes + [(day, amount * STAR_WORTH) for day, amount in stars]
    return trend_of(votes=early, listed_on=paper.listed_on, gained=gained)


def count_gains(counts: Iterable[tuple[date, int]]) -> Gains:
    """By how much a count outgrew its greatest value so far, and when; the first value is where it starts."""
    gains: Gains = []
    most: int | None = None
    for day, count in counts:
        if most is not None and count > most:
            gains.append((day, count - most))
        most = max(most or 0, count)
    return gains
