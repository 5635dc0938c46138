"""Makes one paper of two that are the same: shows what each tells, moves everything to one, and can take it back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import serializers
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from digest.papers.identifiers import fold_title
from digest.papers.merging import NAME_FIELDS, NEWEST_FIELDS, keep_by_hand
from digest.papers.models import Decision, Paper
from digest.papers.trail import leave_trail
from digest.papers.votes import trend_of

# What people see of a paper, in the order in which they compare it.
COMPARED = (
    "title", "authors", "abstract", *NAME_FIELDS, "url", "published_on", "listed_on", "version", "venue",
    "organisation", "submitter", "code_url", "project_url", "discussion_url", "thumbnail_url", "summary",
    "categories", "keywords", "licence", "desk_note",
)  # fmt: skip
# Words that are alike in the beginning are looked at as likely twins.
_SAME_BEGINNING = 30
_MOST_TWINS = 8
# Computed from the text, or bound to its row.
_STAY = {"PaperVector", "Signal", "News", "TopicCorrection"}


class CannotJoinError(ValueError):
    """These two cannot become one; the message says why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the two tell differently, and whose value wins unless somebody says otherwise."""

    name: str
    label: str
    ours: str
    theirs: str
    takes_theirs: bool


def find_twins(paper: Paper) -> list[Paper]:
    """Papers whose titles fold to the same, or begin alike: the likeliest first."""
    alike = Q(title_key=paper.title_key)
    if len(paper.title_key) >= _SAME_BEGINNING:
        alike |= Q(title_key__startswith=paper.title_key[:_SAME_BEGINNING])
    found = Paper.objects.filter(alike).exclude(pk=paper.pk).select_related("source")[:_MOST_TWINS]
    return sorted(found, key=lambda other: (other.title_key != paper.title_key, other.pk))


def compare(kept: Paper, other: Paper) -> list[Difference]:
    """What the two tell differently. The kept one's value wins where it has one."""
    return [
        Difference(name, name.replace("_", " "), _show(ours), _show(theirs), takes_theirs=not ours)
        for name in COMPARED
        if (theirs := getattr(other, name)) and (ours := getattr(kept, name)) != theirs
    ]


def _show(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def join_papers(
    *, kept_id: int, other_id: int, theirs: Collection[str], user_id: int | None, now: datetime
) -> Decision:
    """Move all that belongs to the other paper to the kept one, and hide the other; the decision can be taken back.

    `theirs` names the fields whose value comes from the other one; those stay whatever imports tell. Where
    both hold a row of one kind that may be there only once, the kept one's stays. Raises CannotJoinError.
    """
    with transaction.atomic():
        both = {paper.pk: paper for paper in Paper.objects.select_for_update().filter(pk__in=(kept_id, other_id))}
        if not {kept_id, other_id} <= both.keys() or kept_id == other_id:
            raise CannotJoinError("Choose two different papers; one of these is gone, or it is one paper twice.")
        kept, other = both[kept_id], both[other_id]
        before = {str(paper.pk): _describe(paper) for paper in (kept, other)}
        rows = serializers.serialize("json", [kept, other])
        moved = _move_rows(kept, other)
        _take_fields(kept, other, theirs)
        _count_votes(kept, other, moved)
        _give_up_names(other, now)
        kept.save()
        kept.topics.add(*other.topics.all())
        # The first of the two carries the way back, so that it is taken back for both or for none.
        before[str(kept.pk)].append({"rows": rows, "moved": moved, "votes": kept.reader_votes})
        decision = Decision.objects.create(
            kind=Decision.Kind.MERGED, made_by_id=user_id, before=before, count=len(before), made_at=now
        )
        leave_trail([kept_id, other_id], user_id=user_id, reason=f"{decision.get_kind_display()} ({decision.pk})")
    return decision


def part_again(decision: Decision, *, now: datetime) -> int:
    """Take a merge back: both papers as they were, each with what belonged to it. Votes given since stay."""
    [way_back] = [was[-1] for was in decision.before.values() if isinstance(was[-1], dict)]
    kept_id, other_id = map(int, decision.before)
    since = Paper.objects.values_list("reader_votes", flat=True).get(pk=kept_id) - way_back["votes"]
    for saved in serializers.deserialize("json", way_back["rows"]):
        saved.save()
    for name, ids in way_back["moved"].items():
        relation = next(one for one in _relations() if one.related_model._meta.label == name)  # noqa: SLF001  # as above
        _rows_of(relation).filter(pk__in=ids).update(**{relation.field.name: other_id})
    votes = {"votes": F("votes") + since, "reader_votes": F("reader_votes") + since}
    Paper.objects.filter(pk=kept_id).update(updated_at=now, **votes)
    return Paper.objects.filter(pk=other_id).update(updated_at=now) + 1


def _describe(paper: Paper) -> list[Any]:
    moments = [moment.isoformat() if moment else None for moment in (paper.withdrawn_at, paper.embargo_until)]
    return [paper.state, *moments, sorted(paper.topics.values_list("pk", flat=True))]


def _take_fields(kept: Paper, other: Paper, theirs: Collection[str]) -> None:
    wanted = [name for name in COMPARED if name in theirs and getattr(other, name)]
    for name in wanted:
        setattr(kept, name, getattr(other, name))
    keep_by_hand(kept, fields=[name for name in wanted if name in NEWEST_FIELDS])
    kept.title_key = fold_title(kept.title)


def _count_votes(kept: Paper, other: Paper, moved: dict[str, list[int]]) -> None:
    """Sources count the same voters, so the greater number is kept; our readers' votes add up."""
    added = len(moved.get("subscriptions.Vote", ()))
    told = max(kept.votes - kept.reader_votes, other.votes - other.reader_votes)
    kept.reader_votes += added
    kept.votes = told + kept.reader_votes
    kept.trend = trend_of(votes=kept.votes, listed_on=kept.listed_on)


def _give_up_names(other: Paper, now: datetime) -> None:
    """A hidden row must not hold a name that the kept one may carry."""
    Paper.objects.filter(pk=other.pk).update(state=Paper.State.HIDDEN, arxiv_id=None, doi=None, updated_at=now)


def _relations() -> Iterator[Any]:
    """What points at a paper and moves with it: records, other names, picks, votes, marks, interests."""
    for relation in Paper._meta.get_fields(include_hidden=True):  # noqa: SLF001  # Django documents _meta as public
        if isinstance(relation, models.ManyToOneRel) and _is_moving(relation.related_model):
            yield relation


def _is_moving(model: Any) -> bool:
    name: str = model._meta.object_name  # noqa: SLF001  # as above
    # Topics are added, and history stays with the row it tells of.
    return name not in _STAY and not model._meta.auto_created and not name.startswith("Historical")  # noqa: SLF001  # as above


def _rows_of(relation: Any) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = relation.related_model._base_manager.all()  # noqa: SLF001  # as above
    return rows


def _move_rows(kept: Paper, other: Paper) -> dict[str, list[int]]:
    """By kind of row: the ids of those that moved."""
    moved: dict[str, list[int]] = {}
    for relation in _relations():
        name = relation.field.name
        rows = _rows_of(relation).filter(**{name: other})
        for rule in relation.related_model._meta.constraints:  # noqa: SLF001  # as above
            if isinstance(rule, models.UniqueConstraint) and name in rule.fields:
                same = {field: OuterRef(field) for field in rule.fields if field != name}
                rows = rows.exclude(Exists(_rows_of(relation).filter(**{name: kept}, **same)))
        ids = list(rows.order_by().values_list("pk", flat=True))
        if ids:
            _rows_of(relation).filter(pk__in=ids).update(**{name: kept})
            moved[relation.related_model._meta.label] = ids  # noqa: SLF001  # as above
    return moved
