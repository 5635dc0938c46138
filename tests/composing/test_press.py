"""What the press prints against the whole way, for digests as they are stored and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from digest.composing.book import open_book
from digest.composing.compose import compose_digests
from digest.composing.known_papers import KnownPapers
from digest.composing.models import Digest, Edition, Pick
from digest.composing.presentation import present_digest
from digest.composing.press import Press
from digest.composing.rows import WITHOUT_CONTENTS, DigestRow, make_rows, read_rows, select_rows
from digest.composing.schedule import open_due
from digest.papers.models import Paper, Topic
from digest.rendering.letter import QuotedMail
from digest.rendering.render import render_quoted_digest
from subscriptions.models import Interest
from tests.factories import NOW, make_paper, make_subscriber, make_topic
from tests.rendering.letters import put_together

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["read", "just composed"])
def rows(request: pytest.FixtureRequest) -> list[DigestRow]:
    """Readers of several tastes and rhythms, composed; some are alike, and share what was just composed."""
    topics = [make_topic("Grasping"), make_topic("Walking")]
    papers = [make_paper(f"On {topic} {n}", topics=(topic,), votes=n) for topic in topics for n in range(4)]
    edition = Edition.objects.create(period="2026-W32", state="approved", approved_at=NOW, title="Hands")
    Pick.objects.create(edition=edition, paper=papers[0], note="A napkin will do.")
    liking = make_subscriber(follows=(topics[0],))
    Interest.objects.create(subscriber=liking, kind="keyword", text="walking")
    make_subscriber(follows=(topics[1],), hour=7, timezone="Europe/Berlin")
    make_subscriber()
    # The same rhythm, but other dates; links that were revoked once; openings counted; a rest that is over.
    make_subscriber(date_language="de")
    make_subscriber(token_version=2)
    make_subscriber(counts_clicks=True)
    make_subscriber(rested_from=date(2026, 7, 6))
    open_due(now=NOW)
    known = compose_digests(first_id=1, last_id=2**31, now=NOW)
    digests = Digest.objects.filter(state="composed")
    found = read_rows(digests)
    if request.param == "just composed":
        found = make_rows(list(select_rows(digests, WITHOUT_CONTENTS)), known=known)
    assert len({id(row.entries) for row in found}) == (3 if request.param == "just composed" else len(found))
    assert [row.looks_back for row in found] == [False] * 6 + [True]
    return found


def printed(press: Press, row: DigestRow) -> QuotedMail:
    letter = press.print(row)
    if letter is None:
        # A letter after a rest counts its papers in words: the whole way alone says it.
        assert row.looks_back
        return whole(row)
    return put_together(letter.mail)


def whole(row: DigestRow) -> QuotedMail:
    return render_quoted_digest(present_digest(row, open_book([row])))


def test_every_reader_gets_the_letter_of_the_whole_way(rows: list[DigestRow]) -> None:
    press = Press(open_book(rows))
    assert [printed(press, row) for row in rows] == [whole(row) for row in rows]


def rename_a_paper() -> None:
    Paper.objects.update(title="Renamed meanwhile")


def rename_a_topic() -> None:
    Topic.objects.filter(name="Grasping").update(name="Another name")


def change_a_note() -> None:
    Pick.objects.update(note="Two napkins.")


def withdraw_one() -> None:
    Paper.objects.filter(picks__isnull=False).update(withdrawn_at=NOW)


def delete_one() -> None:
    Paper.objects.filter(picks__isnull=False).delete()


@pytest.mark.parametrize("change", [rename_a_paper, rename_a_topic, change_a_note, withdraw_one, delete_one])
def test_what_changes_between_two_batches_shows(rows: list[DigestRow], change: Callable[[], object]) -> None:
    press = Press(open_book(rows))
    before = [printed(press, row) for row in rows]
    change()
    press.turn(open_book(rows))
    after = [printed(press, row) for row in rows]
    assert after == [whole(row) for row in rows]
    assert after != before


def test_a_look_at_other_editions_makes_nothing_anew(rows: list[DigestRow]) -> None:
    press = Press(open_book(rows))
    for row in rows:
        printed(press, row)
    made = dict(press._sheets)  # what it holds is the point
    press.turn(open_book([row._replace(edition_id=None) for row in rows]))
    press.turn(open_book([]))
    press.turn(open_book(rows))
    assert made
    assert press._sheets == made


def test_only_papers_that_changed_are_made_anew() -> None:
    same, other = make_paper("On grasping"), make_paper("On walking")
    known, numbers = KnownPapers(), {same.pk, other.pk}
    before = known.read(numbers)
    Paper.objects.filter(pk=other.pk).update(votes=7)
    after = known.read(numbers | {10**9})
    assert after.keys() == numbers
    assert after[same.pk] is before[same.pk]
    assert (before[other.pk].votes, after[other.pk].votes) == (other.votes, 7)


def test_a_press_that_is_kept_for_long_forgets(rows: list[DigestRow], monkeypatch: pytest.MonkeyPatch) -> None:
    press = Press(open_book(rows))
    first = [printed(press, row) for row in rows]
    monkeypatch.setattr(Press, "MOST_SHEETS", 1)
    press.turn(open_book(rows))
    assert not press._sheets  # what it holds is the point
    assert [printed(press, row) for row in rows] == first


def test_an_edition_that_is_over_is_let_go_and_printed_again_if_need_be(rows: list[DigestRow]) -> None:
    press, book = Press(open_book(rows)), open_book(rows)
    first = [printed(press, row) for row in rows]
    (edition,) = book.editions.values()
    other = replace(book, editions={edition.pk + 1: Edition(pk=edition.pk + 1, period="2026-W33")})
    for _ in range(Press.LOOKS_KEPT):
        press.turn(other)
        press.turn(open_book([]))
    assert press._sheets  # what it holds is the point
    press.turn(other)
    assert not press._sheets
    assert not press._shelves
    press.turn(book)
    assert [printed(press, row) for row in rows] == first
