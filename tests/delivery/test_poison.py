"""Papers and readers that nobody foresaw: what is wrong with one must not stop the others.

Rows of the fault table: 30 (poison papers), 31 (poison readers).
"""

from __future__ import annotations

import time

import pytest
from django.db import connection

from digest.composing.models import Digest
from digest.delivery.poison import time_limit
from digest.papers.models import Paper
from subscriptions.models import Interest, Subscriber
from tests.delivery.acts import compose_for, send_all, state_of, states
from tests.factories import make_paper, make_subscriber, make_topic
from tests.peers.peer import Peer

pytestmark = pytest.mark.django_db
ADA, BOB = "ada@example.org", "bob@example.org"
HOSTILE = [
    "A title\r\nBcc: everybody@example.org",
    "\u202ereversed \x07bell \u2066isolated",
    "<script>alert(1)</script> %recipient.leave_url% {{params.x}}",
    "{% load x %}{{ settings.SECRET_KEY }}",
    r"$\href{javascript:alert(1)}{x}$ \begin{" + "{" * 400,
    "$" * 499,
    "." + "\n." * 200,
    "\ud7ff\ufffe\uffff \U0010ffff",
    "W" * 500,
    "&#0; &amp;&amp; &lt;",
    "%s %d %(name)s {0} {name} \\",
    "=?utf-8?q?encoded?= " * 20,
]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_paper_stops_no_digest(smtp: Peer, title: str) -> None:
    make_paper(title, title_key="hostile", abstract=title * 20, authors=[title] * 50, votes=99)
    make_paper("Grasping at scale", votes=1)
    compose_for(ADA, BOB)
    assert send_all() == {"accepted": 2}
    assert sorted(smtp.taken()) == [ADA, BOB]


def test_thirty_papers_with_endless_abstracts_stay_within_the_budget(smtp: Peer) -> None:
    for number in range(30):
        make_paper(f"Paper {number}", abstract="words and <b>words</b> & more " * 2_000, authors=["N. N."] * 500)
    make_subscriber(ADA, paper_limit=30)
    compose_for()
    assert send_all() == {"accepted": 1}
    assert smtp.lines("taken")[0]["bytes"] < 400_000


def test_a_paper_that_cannot_be_rendered_is_set_aside_and_the_digests_go(
    smtp: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    poison = make_paper("Unreadable authors", votes=99)
    make_paper("Grasping at scale", votes=1)
    compose_for(ADA, BOB)
    Paper.objects.filter(pk=poison.pk).update(authors=5)
    assert send_all() == {"accepted": 2}
    poison.refresh_from_db()
    assert poison.state == Paper.State.PENDING
    assert f"Paper {poison.pk} cannot be rendered" in caplog.text


def test_a_paper_that_cannot_be_read_is_left_out_of_every_choice(smtp: Peer) -> None:
    make_paper("Unreadable authors", votes=99, authors=5)
    compose_for(ADA)
    assert state_of(ADA) == "empty"


def test_when_every_paper_fails_the_fault_is_not_a_papers(smtp: Peer) -> None:
    make_paper("One")
    make_paper("Two")
    compose_for(ADA)
    Paper.objects.update(authors=5)
    assert send_all() == {"refused": 1}
    assert not Paper.objects.exclude(state=Paper.State.APPROVED).exists()


def test_what_never_ends_is_given_up() -> None:
    with pytest.raises(TimeoutError), time_limit(0.05):
        time.sleep(5)


def test_a_paper_that_vanished_after_composing_is_left_out(smtp: Peer) -> None:
    make_paper("Here today", votes=9)
    make_paper("Grasping at scale", votes=1)
    compose_for(ADA)
    Paper.objects.get(title="Here today").delete()
    assert send_all() == {"accepted": 1}


@pytest.mark.parametrize(
    "address",
    [
        "no-at-sign",
        "two@at@example.org",
        "spaces in@example.org",
        "bob@example.org\nBcc: all@example.org",
        "bob@example.org, eve@example.org",
        "Bob <bob@example.org>",
        "jörg@example.org",
        "bob@bücher.example",
        "bob@" + "x" * 80 + ".example",
        "@example.org",
        "bob@",
        '"quoted string"@example.org',
        "\x00@example.org",
        "\u202egro.elpmaxe@bob",
    ],
)
def test_a_reader_with_an_impossible_address_stops_nobody(smtp: Peer, address: str) -> None:
    if "\0" in address and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL does not even store it")
    [first, second] = compose_for("aa@example.org", "cc@example.org")
    poison = make_subscriber("bob@example.net")
    compose_for()
    # As a row that came by another way than the signup form.
    Subscriber.objects.filter(pk=poison.pk).update(email=address)
    Digest.objects.filter(subscriber=poison).update(id=first.pk + 1_000)
    send_all()
    assert {state_of(digest.subscriber.email) for digest in (first, second)} == {"accepted"}
    assert Digest.objects.get(subscriber=poison).state in ("accepted", "refused")
    assert not {"eve@example.org", "all@example.org"} & set(smtp.taken())


def test_a_reader_of_an_unknown_zone_gets_a_digest_by_utc(smtp: Peer) -> None:
    make_subscriber(BOB, timezone="Mars/Olympus_Mons")
    compose_for(ADA)
    assert send_all() == {"accepted": 2}


def test_a_reader_of_five_thousand_interests_is_served_like_everybody(smtp: Peer) -> None:
    topic = make_topic("Things that grasp")
    make_paper("Grasping at scale", topics=(topic,), votes=5)
    greedy = make_subscriber(BOB, follows=(topic,))
    Interest.objects.bulk_create(
        Interest(subscriber=greedy, kind=Interest.Kind.KEYWORD, text=f"word {number}") for number in range(5_000)
    )
    compose_for(ADA)
    assert send_all() == {"accepted": 2}
    assert states() == {"accepted": 2}
