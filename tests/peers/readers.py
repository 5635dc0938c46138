"""Prepares many readers and papers at once, due at a moment. Needs Django set up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from django.core.management import call_command
from django.utils.timezone import now

from digest.papers.models import Paper, Topic
from subscriptions.addresses import address_columns
from subscriptions.models import Interest, Subscriber, Suppression
from tests.peers.people import address, kind_of

WORDS = ["sparse", "dense", "graph", "policy", "token", "latent", "vision", "speech", "proof", "robot"]


def prepare(*, readers: int, papers: int = 40, seed: int = 0) -> None:
    """Make papers of this week, and readers who are due now."""
    moment = now()
    topics = make_papers(papers, moment=moment, chance=random.Random(seed))
    make_readers(readers, topics=topics, moment=moment, chance=random.Random(seed))


def start_anew(*, readers: int) -> None:
    """The same in a database that is emptied first."""
    call_command("flush", interactive=False, verbosity=0)
    prepare(readers=readers)


def make_papers(count: int, *, moment: datetime, chance: random.Random) -> list[Topic]:
    """Papers listed during the last days, filed under a few topics; the topics."""
    Topic.objects.bulk_create(
        (Topic(slug=f"field-{word}", name=f"Field of {word}") for word in WORDS), ignore_conflicts=True
    )
    topics = list(Topic.objects.filter(slug__startswith="field-"))
    rows = Paper.objects.bulk_create(
        Paper(
            title=f"On {chance.choice(WORDS)} {chance.choice(WORDS)} models, part {number}",
            title_key=f"chaos {number}",
            abstract="We study it at length. " * 20,
            authors=["Ada Lovelace", "Emmy Noether"],
            votes=chance.randrange(100),
            trend=chance.random() * 10,
            listed_on=(moment - timedelta(days=number % 3)).date(),
        )
        for number in range(count)
    )
    link = Paper.topics.through
    link.objects.bulk_create(link(paper_id=row.pk, topic_id=chance.choice(topics).pk) for row in rows)
    return topics


def make_readers(count: int, *, topics: list[Topic], moment: datetime, chance: random.Random) -> None:
    """Weekly readers whose hour has just come, each following a topic."""
    utc = moment.astimezone(UTC)
    rows = Subscriber.objects.bulk_create(
        Subscriber(
            **address_columns(address(number, kind=kind_of(number))),
            state=Subscriber.State.ACTIVE,
            weekday=utc.weekday(),
            hour=utc.hour,
            timezone="Mars/Olympus" if kind_of(number) == "oddzone" else "UTC",
            next_due_at=moment,
            confirmed_at=moment - timedelta(days=30),
            consent_at=moment - timedelta(days=30),
            created_at=moment - timedelta(days=30),
            consent_source="test",
        )
        for number in range(count)
    )
    Interest.objects.bulk_create(
        Interest(subscriber=row, kind=Interest.Kind.TOPIC, topic=chance.choice(topics)) for row in rows
    )
    Suppression.objects.bulk_create(
        Suppression(address_hash=row.address_hash, scope=Suppression.Scope.ALL, reason=Suppression.Reason.BOUNCED)
        for row in rows
        if row.email.startswith("suppressed")
    )
