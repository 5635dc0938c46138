"""What became of an edition: counts and shares beside those of earlier ones, and how its papers were taken.

Everything is summed up; nobody's own marks can be read off. What readers said counts for a week after the edition.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef

from digest.composing.models import Digest, Edition
from digest.papers.models import Paper
from subscriptions.marks import ConsentEvent, Feedback, Opening, Vote

S = Digest.State
TAKEN = (S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.COMPLAINED)
# So long after its first digest what readers do is put down to an edition.
ECHO = timedelta(days=7)
COMPARED = 8
# Of fewer readers who let us count, a sum would tell too much about each.
FEWEST_LETTING = 5
KIND = Feedback.Kind
# What a mark says about a paper.
_WORTH: dict[str, int] = {KIND.MORE: 1, KIND.SAVE: 1, KIND.LESS: -1, KIND.HIDE: -1}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One edition in numbers of digests."""

    edition: Edition
    sent: int
    delivered: int
    bounced: int
    complained: int
    unsubscribed: int
    refused: int
    unknown: int
    # Readers who let us count, and how many of them opened a paper; 0 where they are too few to be told.
    letting: int = 0
    opened: int = 0

    def share(self, count: int) -> float:
        """A count in percent of what was sent."""
        return 100 * count / self.sent if self.sent else 0.0

    @property
    def opened_share(self) -> float:
        """In percent of those who let us count."""
        return 100 * self.opened / self.letting if self.letting else 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """How readers took one paper: marks for and against it, and votes."""

    paper: Paper
    liked: int
    disliked: int
    votes: int
    # By readers who let us count.
    opened: int = 0

    @property
    def balance(self) -> int:
        """Marks for it and votes, less marks against it."""
        return self.liked + self.votes - self.disliked


def compare(edition: Edition) -> list[Outcome]:
    """This edition and the ones of its kind before it, the latest first, in two queries for all and one each."""
    earlier = Edition.objects.filter(kind=edition.kind, period__lte=edition.period, frozen_at__isnull=False)
    editions = list(earlier.order_by("-period")[:COMPARED])
    rows = Digest.objects.filter(edition__in=editions).order_by().values_list("edition_id", "state")
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for edition_id, state, count in rows.annotate(count=Count("id")):
        counts[edition_id or 0][state] = count
    openings = _count_openings(editions)
    return [_sum_up(one, counts[one.pk], *openings.get(one.pk, (0, 0))) for one in editions]


def take_papers(edition: Edition) -> list[Taken]:
    """The edition's picks by how readers took them, best first."""
    if edition.frozen_at is None:
        return []
    papers = {pick.paper_id: pick.paper for pick in edition.picks.shown().select_related("paper")}
    when = {"created_at__gte": edition.frozen_at, "created_at__lt": edition.frozen_at + ECHO, "paper__in": papers}
    marks: dict[int, Counter[int]] = defaultdict(Counter)
    said = Feedback.objects.filter(made_by_machine=False, **when).order_by().values_list("paper_id", "kind")
    for paper, kind, count in said.annotate(count=Count("id")):
        marks[paper][_WORTH[kind]] += count
    voted = Vote.objects.filter(**when).order_by().values_list("paper_id").annotate(count=Count("id"))
    votes = dict(voted)
    seen = Opening.objects.filter(
        made_by_machine=False, period=edition.period, subscriber__counts_clicks=True, **when
    ).order_by()
    opened = dict(seen.values_list("paper_id").annotate(count=Count("id")))
    taken = [
        Taken(paper, marks[pk][1], marks[pk][-1], votes.get(pk, 0), opened.get(pk, 0)) for pk, paper in papers.items()
    ]
    return sorted(taken, key=lambda one: -one.balance)


def _count_openings(editions: list[Edition]) -> dict[int, tuple[int, int]]:
    """Of each edition, the readers who let us count and how many of them opened a paper within a week."""
    opened = Opening.objects.filter(
        subscriber=OuterRef("subscriber"),
        period=OuterRef("period"),
        made_by_machine=False,
        created_at__lt=OuterRef("edition__frozen_at") + ECHO,
    )
    letting = Digest.objects.filter(edition__in=editions, state__in=TAKEN, subscriber__counts_clicks=True).order_by()
    rows = letting.annotate(has_opened=Exists(opened)).values_list("edition_id", "has_opened")
    counts: dict[int, Counter[bool]] = defaultdict(Counter)
    for edition_id, has_opened, count in rows.annotate(count=Count("id")):
        counts[edition_id or 0][bool(has_opened)] = count
    told = {pk: (each.total(), each[True]) for pk, each in counts.items()}
    return {pk: sums for pk, sums in told.items() if sums[0] >= FEWEST_LETTING}


def _sum_up(edition: Edition, counts: Counter[str], letting: int, opened: int) -> Outcome:
    return Outcome(
        edition=edition,
        sent=sum(counts[state] for state in TAKEN),
        # The provider's later word takes the place of the earlier: who complained had it delivered.
        delivered=counts[S.DELIVERED] + counts[S.COMPLAINED],
        bounced=counts[S.BOUNCED],
        complained=counts[S.COMPLAINED],
        unsubscribed=_count_left(edition),
        refused=counts[S.REFUSED],
        unknown=counts[S.UNKNOWN],
        letting=letting,
        opened=opened,
    )


def _count_left(edition: Edition) -> int:
    """Readers of an edition who left within a week of it."""
    if edition.frozen_at is None:
        return 0
    left = ConsentEvent.objects.filter(
        kind=ConsentEvent.Kind.LEFT,
        at__gte=edition.frozen_at,
        at__lt=edition.frozen_at + ECHO,
        subscriber__digests__edition=edition,
        subscriber__digests__state__in=TAKEN,
    )
    return left.count()
