"""Everything held about a person: given out as a file, or gone for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from subscriptions.cadence import describe
from subscriptions.choices import rhythm_of
from subscriptions.models import Interest, Subscriber, Suppression
from subscriptions.suppression import suppress
from subscriptions.voting import take_vote_back


def export_person(person: Subscriber) -> dict[str, Any]:
    """What this room holds about a person, ready for JSON."""
    return {
        "address": person.email,
        "state": person.state,
        "rhythm": describe(rhythm_of(person)),
        "papers_in_each_mail": person.paper_limit,
        "layout": person.get_layout_display(),
        "dates_look_like": person.date_language,
        "lets_us_count_opened_papers": person.counts_clicks,
        "paused_until": person.paused_until,
        "next_digest_at": person.next_due_at,
        "consent": {"at": person.consent_at, "source": person.consent_source},
        "history": list(person.history.values("kind", "detail", "at")),
        "interests": [_interest(interest) for interest in person.interests.select_related("topic", "paper")],
        "feedback": list(person.feedback.values("paper_id", "paper__title", "kind", "made_by_machine", "created_at")),
        "opened_papers": list(
            person.openings.values("paper_id", "paper__title", "period", "made_by_machine", "created_at")
        ),
        "votes": list(person.votes.values("paper_id", "paper__title", "created_at")),
        "lists": [
            {"name": shelf.name, "papers": list(shelf.saved.values_list("paper__title", flat=True))}
            for shelf in person.collections.prefetch_related("saved")
        ],
        "suggestions": list(person.suggestions.values("name", "state", "created_at")),
        "authorship_claims": list(person.claims.values("paper__title", "name", "profile_url", "state", "is_shown")),
        "address_changes": list(person.address_changes.values("address", "created_at", "done_at")),
        "notices": list(person.notices.values("kind", "state", "created_at", "sent_at")),
    }


def erase(*, subscriber_id: int, now: datetime) -> bool:
    """Delete a person's rows. Only a keyed hash stays, so that no old list brings the address back. True: gone."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is not None:
            note = f"{now:%Y-%m-%d}"
            for paper_id in person.votes.values_list("paper_id", flat=True):
                take_vote_back(person=person, paper_id=paper_id)
            suppress(address=person.email, scope=Suppression.Scope.ALL, reason=Suppression.Reason.ERASED, note=note)
            person.delete()
    return not Subscriber.objects.filter(pk=subscriber_id).exists()


def _interest(interest: Interest) -> dict[str, Any]:
    return {"kind": interest.kind, "what": str(interest), "weight": interest.weight, "since": interest.created_at}
