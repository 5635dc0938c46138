"""Two rankers share the digests of an edition, and each click counts for the one whose paper it was."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from digest.composing.compose import compose_range, compose_unsaved
from digest.composing.models import Digest
from digest.composing.schedule import open_due
from digest.composing.trial import count_clicks
from digest.papers.models import Paper
from digest.papers.votes import trend_of
from subscriptions.marks import Feedback
from subscriptions.models import Interest, Subscriber
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 30)


@pytest.fixture
def reader() -> Subscriber:
    """Follows a topic of unpopular papers, so that rankers disagree."""
    topic = make_topic("Arms")
    for number in range(6):
        make_paper(f"Quiet {number}", topics=(topic,), listed_on=DAY, trend=trend_of(votes=0, listed_on=DAY))
        make_paper(f"Loud {number}", votes=2, listed_on=DAY, trend=trend_of(votes=2, listed_on=DAY))
    return make_subscriber(follows=(topic,), paper_limit=6)


def compose(reader: Subscriber) -> Digest:
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**31, now=NOW)
    return Digest.objects.get(subscriber=reader)


def test_without_a_trial_entries_name_no_ranker(reader: Subscriber) -> None:
    assert all("ranker" not in entry for entry in compose(reader).entries)


def test_a_shared_digest_names_whose_paper_each_is(reader: Subscriber, settings: Any) -> None:
    settings.RANKER_TRIAL = "blend,trending"
    digest = compose(reader)
    teams = [entry["ranker"] for entry in digest.entries]
    assert (len(teams), teams.count("blend"), teams.count("trending")) == (6, 3, 3)
    Digest.objects.all().delete()
    again = compose_unsaved(Digest(subscriber=reader, period=digest.period, first_day=digest.first_day, last_day=DAY))
    assert again.entries == digest.entries


def test_clicks_count_for_the_ranker_and_machines_for_nobody(reader: Subscriber, settings: Any) -> None:
    settings.RANKER_TRIAL = "blend,trending"
    digest = compose(reader)
    digest.state = Digest.State.ACCEPTED
    digest.save()
    ours = [entry["paper"] for entry in digest.entries if entry["ranker"] == "blend"]
    theirs = [entry["paper"] for entry in digest.entries if entry["ranker"] == "trending"]
    for kind, paper in (("more", ours[0]), ("save", ours[0]), ("less", theirs[0])):
        Feedback.objects.create(subscriber=reader, paper_id=paper, kind=kind)
    Feedback.objects.create(subscriber=reader, paper_id=theirs[1], kind="save", made_by_machine=True)
    blend, trending = count_clicks(period=digest.period)
    assert (blend.shown, blend.more, blend.saved, blend.liked, blend.less) == (3, 1, 1, 1, 0)
    assert (trending.shown, trending.liked, trending.less) == (3, 0, 1)


def test_digests_that_never_arrived_do_not_count(reader: Subscriber, settings: Any) -> None:
    settings.RANKER_TRIAL = "blend,trending"
    digest = compose(reader)
    assert count_clicks(period=digest.period) == []


def test_mutes_hold_for_both(reader: Subscriber, settings: Any) -> None:
    settings.RANKER_TRIAL = "interests,trending"
    Interest.objects.create(subscriber=reader, kind=Interest.Kind.KEYWORD, text="loud", weight=-1)
    entries = compose(reader).entries
    titles = Paper.objects.filter(pk__in=[entry["paper"] for entry in entries]).values_list("title", flat=True)
    assert len(entries) == 6
    assert not [title for title in titles if "Loud" in title]
    assert {entry["ranker"] for entry in entries} == {"interests", "trending"}
