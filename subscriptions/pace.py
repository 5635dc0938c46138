"""How often one person, one network, and everybody together may do a thing. Counted in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscriptions.marks import Attempt
from subscriptions.networks import hash_key, network_key

TOO_MANY = 429
HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)
EVERYBODY = "everybody"


class Action(StrEnum):
    """What is limited."""

    SIGNUP = "signup"
    LINK = "link"
    PREVIEW = "preview"
    VOTE = "vote"
    SAVE = "save"
    SUGGEST = "suggest"
    CLAIM = "claim"
    FEEDBACK = "feedback"
    MOVE = "move"


# An hour's share of one person and of one network. A university may share one network.
OF_PERSON = {
    Action.VOTE: 120, Action.SAVE: 120, Action.SUGGEST: 20, Action.CLAIM: 20, Action.FEEDBACK: 200, Action.MOVE: 5,
}  # fmt: skip
OF_NETWORK = {
    Action.SIGNUP: 30, Action.LINK: 30, Action.PREVIEW: 120, Action.VOTE: 1000, Action.SAVE: 1000,
    Action.SUGGEST: 100, Action.CLAIM: 100, Action.FEEDBACK: 2000, Action.MOVE: 30,
}  # fmt: skip


def take_turn(action: Action, *, request: HttpRequest, now: datetime, person: int | None = None) -> bool:
    """Count one attempt of a person and of the request's network. False: a share is used up, and nothing was counted.

    Two at once may both take the last turn: the limit is a brake, not a lock.
    """
    shares = {hash_key(f"person {person}"): OF_PERSON[action]} if person is not None else {}
    if network := network_key(request):
        shares[network] = OF_NETWORK[action]
    if action is Action.SIGNUP:
        shares[EVERYBODY] = settings.SIGNUPS_PER_HOUR
    recent = Attempt.objects.filter(action=action, at__gt=now - HOUR)
    if any(recent.filter(key=key).count() >= most for key, most in shares.items()):
        return False
    Attempt.objects.bulk_create(Attempt(action=action, key=key, at=now) for key in shares)
    return True


def count_turns(action: Action, *, person: int, since: datetime) -> int:
    """How many turns a person has taken since then."""
    return Attempt.objects.filter(action=action, key=hash_key(f"person {person}"), at__gt=since).count()


def forget_attempts(*, now: datetime) -> int:
    """Delete attempts that no limit looks at any more; return how many."""
    gone, _ = Attempt.objects.filter(at__lte=now - KEPT).delete()
    return gone


def too_many(request: HttpRequest, *, seconds: int = 3600) -> HttpResponse:
    """A page that asks for patience, and tells programs for how long."""
    response = render(request, "site/429.html", {"minutes": seconds // 60}, status=TOO_MANY)
    response.headers["Retry-After"] = str(seconds)
    return response
