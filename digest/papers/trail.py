"""Leaves a line of history on papers that were changed set-wise, since such changes leave none by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from digest.papers.models import Paper

_BATCH = 1_000


def leave_trail(ids: Sequence[int], *, user_id: int | None, reason: str) -> None:
    """Write down what these papers are now, who made them so, and why."""
    for start in range(0, len(ids), _BATCH):
        rows = list(Paper.objects.filter(pk__in=ids[start : start + _BATCH]))
        made = Paper.history.bulk_history_create(rows, update=True, default_change_reason=reason)
        Paper.history.filter(pk__in=[row.history_id for row in made or []]).update(history_user_id=user_id)
