"""What becomes of digests whose edition nobody approved, was cancelled, or is late; and of papers under embargo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from digest.composing.book import open_book
from digest.composing.compose import compose_range
from digest.composing.editions import approve, approve_scheduled, schedule
from digest.composing.models import Digest, Edition, Pick, TopicCap
from digest.composing.presentation import present_digest
from digest.composing.schedule import open_due
from digest.composing.unapproved import skip_unapproved
from digest.delivery.ledger import cancel
from digest.delivery.reconcile import find_work
from digest.papers.curation import approve_papers, embargo_papers, lift_embargoes
from digest.papers.models import Paper
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
LAST = 2**31


def compose(now: Any = NOW) -> Digest:
    """Plan and compose what is due; the only digest."""
    open_due(now=now)
    compose_range(first_id=1, last_id=LAST, now=now)
    return Digest.objects.select_related("subscriber").get()


def approved_week(*papers: Paper, **sections: str) -> Edition:
    edition = Edition.objects.create(period="2026-W32", state="approved", approved_at=NOW)
    for place, paper in enumerate(papers):
        section = sections.get(paper.title.lower(), "curators")
        Pick.objects.create(edition=edition, paper=paper, position=place, section=section)
    return edition


def test_by_default_a_digest_goes_without_the_edition() -> None:
    make_subscriber()
    make_paper()
    assert compose().state == "composed"


def test_a_held_digest_waits_and_goes_once_approved(settings: Any, admin_user: User) -> None:
    settings.WITHOUT_APPROVAL = {"week": "hold"}
    make_subscriber()
    paper = make_paper("Chosen")
    assert compose().state == "planned"
    assert list(find_work(now=NOW)) == []
    edition = Edition.objects.get()
    Pick.objects.create(edition=edition, paper=paper)
    approve(edition_id=edition.pk, user=admin_user, now=NOW + timedelta(hours=2))
    assert [*find_work(now=NOW + timedelta(hours=2))] != []
    assert compose(NOW + timedelta(hours=2)).entries[0]["reasons"][0]["kind"] == "pick"


def test_a_held_digest_is_given_up_when_its_hour_is_long_over(settings: Any) -> None:
    settings.WITHOUT_APPROVAL = {"week": "hold"}
    make_subscriber()
    make_paper()
    compose()
    assert skip_unapproved(now=NOW + timedelta(days=2)) == 0
    assert skip_unapproved(now=NOW + timedelta(days=4)) == 1
    assert "not approved in time" in Digest.objects.get().error


def test_where_the_setting_says_so_nothing_goes_without_an_approval(settings: Any) -> None:
    settings.WITHOUT_APPROVAL = {"week": "skip"}
    make_subscriber()
    make_paper()
    compose()
    list(find_work(now=NOW))
    assert Digest.objects.get().state == "skipped"


def test_nothing_of_a_cancelled_edition_is_composed() -> None:
    edition = Edition.objects.create(period="2026-W32")
    cancel(edition.pk, reason="No.", now=NOW)
    make_subscriber()
    make_paper()
    assert compose().state == "planned"
    list(find_work(now=NOW))
    assert Digest.objects.get().state == "skipped"


def test_a_scheduled_edition_is_approved_at_its_time_and_not_before() -> None:
    edition = Edition.objects.create(period="2026-W33")
    Pick.objects.create(edition=edition, paper=make_paper())
    assert schedule(edition_id=edition.pk, moment=NOW + timedelta(hours=1), now=NOW)
    assert approve_scheduled(now=NOW) == 0
    assert approve_scheduled(now=NOW + timedelta(hours=1)) == 1
    assert Edition.objects.get().state == "approved"


def test_what_is_in_the_way_ends_a_schedule(caplog: pytest.LogCaptureFixture) -> None:
    edition = Edition.objects.create(period="2026-W33")
    Pick.objects.create(edition=edition, paper=make_paper())
    schedule(edition_id=edition.pk, moment=NOW + timedelta(hours=1), now=NOW)
    Paper.objects.update(state="hidden")
    assert approve_scheduled(now=NOW + timedelta(hours=2)) == 0
    assert "is hidden" in caplog.text
    assert Edition.objects.get().scheduled_at is None


def test_a_paper_under_embargo_is_in_no_digest_before_its_moment() -> None:
    make_subscriber()
    paper = make_paper("Secret")
    embargo_papers(Paper.objects.all(), until=NOW + timedelta(minutes=5), now=NOW)
    assert approve_papers(Paper.objects.all(), now=NOW) == 0
    approved_week(paper)
    assert lift_embargoes(now=NOW) == 0
    assert compose().state == "empty"
    assert lift_embargoes(now=NOW + timedelta(minutes=5)) == 1
    assert Paper.objects.sendable().get() == paper


def test_what_is_left_out_comes_nowhere_and_the_communitys_has_its_heading() -> None:
    make_subscriber()
    first, theirs, out = make_paper("First"), make_paper("Theirs"), make_paper("Out", votes=99, trend=99.0)
    approved_week(out, theirs, first, out="left_out", theirs="community")
    digest = compose()
    letter = present_digest(digest, open_book([digest]))
    shown = [(section.heading, [card.title for card in section.cards]) for section in letter.sections]
    assert shown == [("Top picks", ["First"]), ("From the community", ["Theirs"])]
    labels = [card.chips[0].label for section in letter.sections for card in section.cards]
    assert labels == ["Curators’ pick", "Brought up by readers"]


def test_a_cap_holds_for_those_who_do_not_follow_the_topic() -> None:
    crowded = make_topic("Crowded")
    for place in range(6):
        make_paper(f"Crowded {place}", topics=(crowded,), trend=9.0)
        make_paper(f"Other {place}")
    TopicCap.objects.create(edition=approved_week(), topic=crowded, percent=25)
    fan, other = make_subscriber(follows=(crowded,), paper_limit=4), make_subscriber(paper_limit=4)
    open_due(now=NOW)
    compose_range(first_id=1, last_id=LAST, now=NOW)

    def count(reader: Any) -> int:
        ids = [entry["paper"] for entry in Digest.objects.get(subscriber=reader).entries]
        assert len(ids) == 4
        return Paper.objects.filter(pk__in=ids, topics=crowded).count()

    assert (count(fan), count(other)) == (4, 1)
