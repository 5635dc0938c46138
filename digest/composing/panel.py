"""What the panel above an edition's form says."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from digest.composing.editions import audience, count_outcomes, find_problems
from digest.composing.models import Edition
from digest.composing.periods import describe_period

OUTCOMES = {
    "accepted": "accepted",
    "refused": "refused",
    "retry": "to be tried again",
    "unknown": "unknown",
    "empty": "empty",
    "skipped": "skipped",
    "not_yet": "not yet",
}


def describe_edition(edition: Edition) -> dict[str, Any]:
    """The state, what is missing, who gets it, what became of it."""
    is_draft = edition.state == Edition.State.DRAFT
    outcomes = count_outcomes(edition=edition) if edition.frozen_at else {}
    eligible = outcomes.pop("eligible", 0)
    return {
        "edition": edition,
        "edition_words": describe_period(edition.period),
        "edition_problems": find_problems(edition=edition) if not edition.frozen_at else [],
        "edition_audience": audience(edition=edition),
        "edition_is_draft": is_draft,
        "edition_eligible": eligible,
        "edition_outcomes": [(OUTCOMES[name], count) for name, count in outcomes.items()],
        "edition_digests": f"{reverse('admin:composing_digest_changelist')}?edition__id__exact={edition.pk}",
    }
