"""Two rankers sharing digests: what each gets to choose, and what readers made of it. Writes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.conf import settings

from digest.composing.models import Digest
from digest.composing.rows import PlannedRow
from digest.ranking.field import Field
from digest.ranking.interleave import Drafted, interleave
from digest.ranking.rankers import read_pair
from digest.ranking.shapes import Ranked
from digest.ranking.verdict import Tally
from subscriptions.marks import Feedback

# Digests in these states were in front of a reader, as far as anybody can know.
SHOWN = [Digest.State.ACCEPTED, Digest.State.DELIVERED, Digest.State.COMPLAINED]
# A page is not to work on more: the latest ones tell enough.
MOST_COUNTED = 200_000


def current_pair() -> tuple[str, str] | None:
    """The rankers that the settings compare."""
    return read_pair(settings.RANKER_TRIAL)


def share_digest(
    digest: PlannedRow, field: Field, names: Sequence[str], rankings: Sequence[Sequence[Ranked]]
) -> list[Drafted]:
    """The papers of one digest, drafted in turn from two rankings of its reader's, best first, by their names.

    The same reader and period give the same, previews included.
    """
    picks = {candidate.id for candidate in field.candidates if candidate.pick is not None}
    common = sum(ranked.paper in picks for ranked in rankings[0])
    first, second = zip(names, rankings, strict=True)
    seed = f"{digest.subscriber_id}:{digest.period}"
    return interleave(first, second, limit=digest.paper_limit, seed=seed, common=common)


def count_clicks(*, period: str) -> list[Tally]:
    """For each ranker of a period's digests: papers shown, and how many of them readers marked in what way."""
    digests = Digest.objects.filter(period=period, state__in=SHOWN).exclude(entries=[]).order_by("-id")
    readers = digests.values("subscriber_id")
    said: dict[tuple[int, int], set[str]] = defaultdict(set)
    clicks = Feedback.objects.filter(subscriber__in=readers, made_by_machine=False)
    for subscriber, paper, kind in clicks.values_list("subscriber_id", "paper_id", "kind").iterator():
        said[subscriber, paper].add(kind)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows = digests.values_list("subscriber_id", "entries")[:MOST_COUNTED]
    for subscriber, entries in rows.iterator(chunk_size=2_000):
        for entry in entries:
            if ranker := entry.get("ranker"):
                counts[ranker].update(_marks(said.get((subscriber, entry["paper"]), set())))
    return [
        Tally(
            name,
            shown=found["shown"],
            more=found[Feedback.Kind.MORE],
            saved=found[Feedback.Kind.SAVE],
            less=found[Feedback.Kind.LESS],
            liked=found["liked"],
        )
        for name, found in sorted(counts.items())
    ]


def _marks(kinds: set[str]) -> set[str]:
    liked = {"liked"} if kinds & {Feedback.Kind.MORE, Feedback.Kind.SAVE} else set()
    return {"shown"} | kinds | liked
