"""Which papers are suggested, and drafts that fill themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.composing.models import Edition, Pick, TopicCap
from digest.composing.suggesting import draft_coming, find_community_papers, suggest_anew, suggest_picks
from digest.papers.models import Paper
from subscriptions.models import Suggestion, Vote
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
# The Friday before week 32.
FRIDAY = NOW - timedelta(days=3)


@pytest.fixture
def edition() -> Edition:
    return Edition.objects.create(period="2026-W32")


def add(title: str, *, trend: float, **values: object) -> Paper:
    return make_paper(title, trend=trend, listed_on=date(2026, 7, 30), **values)  # type: ignore[arg-type]  # a test's own


def test_no_topic_goes_past_its_cap(edition: Edition) -> None:
    crowded = make_topic("Crowded")
    TopicCap.objects.create(edition=edition, topic=crowded, percent=50)
    for place in range(4):
        add(f"Crowded {place}", trend=90.0 - place, topics=(crowded,))
        add(f"Other {place}", trend=10.0 - place)
    suggest_picks(edition=edition, limit=4)
    assert [str(pick) for pick in edition.picks.all()] == ["Crowded 0", "Crowded 1", "Other 0", "Other 1"]


def test_what_readers_voted_for_or_suggested_gets_a_section_of_its_own(edition: Edition) -> None:
    voted, suggested = add("Voted", trend=1.0), add("Suggested", trend=2.0, arxiv_id="2607.00001")
    add("Neither", trend=3.0)
    Vote.objects.create(subscriber=make_subscriber(), paper=voted)
    Suggestion.objects.create(name="2607.00001", state="taken")
    assert find_community_papers(edition=edition, limit=5) == [voted, suggested]
    suggest_picks(edition=edition, limit=10)
    sections = {str(pick): pick.section for pick in edition.picks.all()}
    assert sections == {"Voted": "community", "Suggested": "community", "Neither": "curators"}


def test_a_paper_left_out_of_one_edition_may_come_in_another(edition: Edition) -> None:
    paper = add("Later", trend=1.0)
    day = Edition.objects.create(kind="day", period="2026-07-30")
    Pick.objects.create(edition=edition, paper=paper, section="left_out")
    assert suggest_anew(edition=edition, limit=3) == 0
    assert suggest_picks(edition=day, limit=3) == 1


def test_the_week_is_drafted_before_it_begins_and_follows_the_days() -> None:
    add("Early", trend=1.0)
    draft_coming(now=FRIDAY)
    assert [str(pick) for pick in Edition.objects.get(period="2026-W32").picks.all()] == ["Early"]
    add("Late and better", trend=2.0)
    draft_coming(now=FRIDAY + timedelta(days=1))
    drafted = Edition.objects.get(period="2026-W32")
    assert [str(pick) for pick in drafted.picks.all()] == ["Late and better", "Early"]


def test_a_draft_that_a_person_changed_is_left_alone() -> None:
    add("Early", trend=1.0)
    draft_coming(now=FRIDAY)
    edition = Edition.objects.get(period="2026-W32")
    edition.title = "Mine"
    edition.save()
    add("Late and better", trend=2.0)
    draft_coming(now=FRIDAY + timedelta(days=1))
    assert [str(pick) for pick in edition.picks.all()] == ["Early"]


def test_an_edition_begun_by_a_person_is_never_filled(edition: Edition) -> None:
    Pick.objects.create(edition=edition, paper=add("Chosen", trend=0.0))
    add("Better", trend=9.0)
    draft_coming(now=FRIDAY)
    assert edition.picks.count() == 1
