"""From a row to a letter: layouts, a look back after a pause, sections."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.composing.book import open_book
from digest.composing.compose import compose_range
from digest.composing.models import Digest
from digest.composing.presentation import present_digest
from digest.composing.preview import preview_for
from digest.composing.schedule import open_due
from digest.rendering.letter import DigestLetter
from digest.rendering.render import render_digest
from subscriptions.models import Interest, Subscriber
from tests.factories import NOW, make_digest, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def present(digest: Digest) -> DigestLetter:
    return present_digest(digest, open_book([digest]))


def compose_one(person: Subscriber) -> Digest:
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**31, now=NOW)
    return Digest.objects.select_related("subscriber").get(subscriber=person)


@pytest.mark.parametrize(
    ("period", "written"),
    [
        ("2026-W32", "Week 32 · 27 July to 3 August 2026"),
        ("2026-08", "August · 27 July to 3 August 2026"),
        ("2026-08-03", "27 July to 3 August 2026"),
    ],
)
def test_the_letter_says_which_edition_it_is(period: str, written: str) -> None:
    assert present(make_digest(make_subscriber(), make_paper(), period=period)).date_line == written


def test_a_reader_who_wants_titles_only_gets_them() -> None:
    make_paper("Grasping at scale", abstract="We grasp.", votes=12)
    letter = present(compose_one(make_subscriber(layout="compact")))
    assert letter.layout == "compact"
    assert "We grasp." not in render_digest(letter).html


def test_after_a_pause_the_letter_says_what_was_missed() -> None:
    for day in (7, 14, 21):
        make_paper(listed_on=date(2026, 7, day), votes=day)
    person = make_subscriber(rested_from=date(2026, 7, 6), paper_limit=2)
    letter = present(compose_one(person))
    assert (letter.kind, letter.title) == ("rollup", "While you were away")
    assert letter.lead.endswith(" since 6 July 2026. Of the 3 papers that came out, these 2 suit you best.")
    mail = render_digest(letter)
    assert mail.subject.startswith("While you were away: ")
    assert letter.lead in " ".join(mail.text.split())
    assert letter.more_url.endswith("/papers/month/2026-08/")


@pytest.mark.parametrize(
    ("shown", "more", "said"),
    [
        (1, 0, "Here is the paper that came out for you."),
        (2, 0, "Here are the 2 papers that came out for you."),
        (1, 1_204, "Of the 1,205 papers that came out, this one suits you best."),
    ],
)
def test_what_was_missed_is_told_in_good_english(shown: int, more: int, said: str) -> None:
    digest = make_digest(make_subscriber(), *[make_paper() for _ in range(shown)], more_count=more, looks_back=True)
    assert present(digest).lead.endswith(f". {said}")


def test_the_preview_looks_back_as_the_digest_will() -> None:
    make_paper(listed_on=date(2026, 7, 7))
    person = make_subscriber(rested_from=date(2026, 7, 6))
    preview = present(preview_for(person, now=NOW - timedelta(minutes=1)))
    assert preview == present(compose_one(person))


def test_papers_stand_in_the_section_of_their_strongest_reason() -> None:
    topic = make_topic("Robots")
    person = make_subscriber(follows=(topic,))
    Interest.objects.create(subscriber=person, kind="keyword", text="gripping")
    make_paper("A gripping story", topics=(topic,))
    make_paper("Arms", topics=(topic,))
    make_paper("Much noted", votes=900, trend=20.0)
    letter = present(compose_one(person))
    assert {section.heading: [card.title for card in section.cards] for section in letter.sections} == {
        "For you": ["A gripping story"],
        "From your topics": ["Arms"],
        "Trending": ["Much noted"],
    }


def test_a_reason_names_the_liked_paper() -> None:
    liked, paper = make_paper("Slow Hands"), make_paper()
    digest = make_digest(make_subscriber(), paper, reasons=[{"kind": "paper", "number": liked.pk}])
    assert present(digest).sections[0].cards[0].chips[0].label == "Like “Slow Hands”"
