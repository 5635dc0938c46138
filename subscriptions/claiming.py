"""Readers claim the authorship of papers; curators confirm. Only confirmed claims their authors show are public."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from digest.papers.models import Paper
from digest.papers.sources.fields import read_link
from digest.papers.text import clean_line
from subscriptions.marks import AuthorClaim
from subscriptions.models import Subscriber

State = AuthorClaim.State


def claim_paper(*, person: Subscriber, paper: Paper, name: str, profile_url: str, now: datetime) -> AuthorClaim:
    """Take a claim, or change one that waits. Raises `ValueError` with a sentence for the reader."""
    if name not in paper.authors:
        raise ValueError("Please choose the name under which you wrote this paper.")
    link = read_link(profile_url)
    if clean_line(profile_url) and not link:
        raise ValueError("Please give a profile that starts with https://, or leave it empty.")
    claim, _ = AuthorClaim.objects.get_or_create(
        subscriber=person, paper=paper, defaults={"name": name, "profile_url": link, "created_at": now}
    )
    if claim.state == State.CLAIMED and (claim.name, claim.profile_url) != (name, link):
        claim.name, claim.profile_url = name, link
        claim.save(update_fields=["name", "profile_url"])
    return claim


def show_claim(*, person: Subscriber, paper: Paper, is_shown: bool) -> bool:
    """Show or hide the reader's own claim on the paper's page. True: the row says so."""
    own = AuthorClaim.objects.filter(subscriber=person, paper=paper)
    return own.update(is_shown=is_shown) == 1


def decide_claims(ids: Iterable[int], *, state: AuthorClaim.State) -> list[int]:
    """Confirm or refuse claims; return those that were not decided so before."""
    with transaction.atomic():
        open_ones = AuthorClaim.objects.select_for_update().filter(pk__in=list(ids)).exclude(state=state)
        found = list(open_ones.values_list("pk", flat=True))
        AuthorClaim.objects.filter(pk__in=found).update(state=state)
    return found


def confirmed_profiles(paper: Paper) -> dict[str, str]:
    """The confirmed and shown authors of a paper: name to profile, which may be ""."""
    shown = AuthorClaim.objects.filter(paper=paper, state=State.CONFIRMED, is_shown=True)
    return dict(shown.values_list("name", "profile_url"))
