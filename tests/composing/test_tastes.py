"""What readers said, as it reaches their digests: at once, fading with age, and forgotten when asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from digest.composing.grounds import _find_background
from digest.composing.preview import preview_for
from digest.composing.tastes import HALF_LIFE, fade
from digest.papers.models import Paper
from subscriptions.feedback import give_feedback
from subscriptions.marks import Feedback
from subscriptions.models import Interest, Subscriber
from subscriptions.taste import find_interest, follow_name, forget_taste
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db

ROBOTS = "Robot hands that grasp cups"
BONDS = "Bond prices when markets fall"


def shelve() -> dict[str, Paper]:
    """A week of two kinds of papers, noted alike, and one older paper of each kind."""
    for number in range(4):
        make_paper(f"{ROBOTS} of kind {number * 17}", abstract=f"{ROBOTS}. " * 3, votes=9)
        make_paper(f"{BONDS} of kind {number * 13}", abstract=f"{BONDS}. " * 3, votes=9)
    old = date(2026, 5, 4)
    return {
        "robots": make_paper("Grasping with robot hands", abstract=ROBOTS, listed_on=old),
        "bonds": make_paper("Pricing bonds in falling markets", abstract=BONDS, listed_on=old),
    }


def titles(reader: Subscriber) -> list[str]:
    chosen = [entry["paper"] for entry in preview_for(reader, now=NOW).entries]
    known = dict(Paper.objects.values_list("id", "title"))
    return [known[paper] for paper in chosen]


def press(reader: Subscriber, paper: Paper, kind: Feedback.Kind, *, at: datetime = NOW) -> None:
    assert give_feedback(subscriber_id=reader.pk, paper_id=paper.pk, kind=kind, now=at)


def test_one_click_on_less_changes_the_next_preview() -> None:
    old, reader = shelve(), make_subscriber(paper_limit=3)
    before = titles(reader)
    assert any(title.startswith("Bond") for title in before)
    press(reader, old["bonds"], Feedback.Kind.LESS)
    after = titles(reader)
    assert after != before
    assert all(title.startswith("Robot") for title in after)


def test_one_click_on_more_changes_it_too_and_is_told() -> None:
    old, reader = shelve(), make_subscriber(paper_limit=2)
    press(reader, old["bonds"], Feedback.Kind.MORE)
    entries = preview_for(reader, now=NOW).entries
    assert all(title.startswith("Bond") for title in titles(reader))
    assert all({"kind": "paper", "number": old["bonds"].pk} in entry["reasons"] for entry in entries)


@pytest.mark.parametrize(("recent", "first"), [("robots", "Robot"), ("bonds", "Bond")])
def test_what_was_said_last_weighs_more(recent: str, first: str) -> None:
    old, reader = shelve(), make_subscriber(paper_limit=2)
    for name, paper in old.items():
        press(reader, paper, Feedback.Kind.MORE, at=NOW - (timedelta() if name == recent else 4 * HALF_LIFE))
    assert titles(reader)[0].startswith(first)


def test_a_signal_fades_to_half_in_its_half_life_and_the_future_counts_whole() -> None:
    assert fade(NOW - HALF_LIFE, now=NOW) == pytest.approx(0.5)
    assert fade(NOW + timedelta(days=1), now=NOW) == 1.0


def test_an_organisation_can_be_followed_told_and_muted() -> None:
    reader = make_subscriber(paper_limit=2)
    make_paper("Something else entirely", votes=90)
    ours = make_paper("Made in a laboratory", organisation="Blue Lab")
    told = follow_name(subscriber_id=reader.pk, kind="organisation", text=" blue  lab ")
    assert told == "“blue lab” is followed."
    entries = preview_for(reader, now=NOW).entries
    assert (entries[0]["paper"], entries[0]["reasons"]) == (ours.pk, [{"kind": "organisation", "text": "blue lab"}])
    interest = find_interest(subscriber_id=reader.pk, kind="organisation", number=0, text="blue lab")
    assert interest is not None
    Interest.objects.filter(pk=interest.pk).update(weight=-1.0)
    assert ours.pk not in [entry["paper"] for entry in preview_for(reader, now=NOW).entries]


@pytest.mark.parametrize(("kind", "text"), [("topic", "x"), ("author", "  "), ("author", "x" * 101)])
def test_a_name_that_cannot_be_followed_is_told(kind: str, text: str) -> None:
    reader = make_subscriber()
    with pytest.raises(ValueError, match=r"\.$"):
        follow_name(subscriber_id=reader.pk, kind=kind, text=text)
    assert not reader.interests.exists()


def test_starting_over_forgets_everything_but_what_was_hidden() -> None:
    old, reader = shelve(), make_subscriber(paper_limit=3)
    fresh = titles(reader)
    press(reader, old["bonds"], Feedback.Kind.MORE)
    Feedback.objects.create(subscriber=reader, paper=old["robots"], kind=Feedback.Kind.HIDE)
    follow_name(subscriber_id=reader.pk, kind="author", text="Ada L.")
    assert titles(reader) != fresh
    assert forget_taste(subscriber_id=reader.pk).startswith("Forgotten")
    assert titles(reader) == fresh
    assert list(reader.feedback.values_list("kind", flat=True)) == ["hide"]


def test_libraries_are_what_others_had_kept_before_the_window_ended() -> None:
    old = shelve()
    for number in range(3):
        reader = make_subscriber()
        for paper in old.values():
            made = NOW - timedelta(days=9) if number else NOW
            Interest.objects.create(subscriber=reader, kind="paper", paper=paper, created_at=made)
    background = _find_background(set(), before=NOW.date())
    assert background.libraries == (tuple(sorted(paper.pk for paper in old.values())),) * 2
    assert {paper for paper, _ in background.papers} >= {paper.pk for paper in old.values()}
