"""What the measurements are made on: an empty PostgreSQL, a week's papers, and any number of readers who are due."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from digest.startup import ease_collection
from tests import servers

PAPERS, TOPICS = 300, 20
ABSTRACT = "We study a question of general interest, give an answer with some care, and test it on {} cases. "
# The hour that has just begun: everybody's own, so that workers with a clock find everybody due.
SLOT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
OPEN = ("planned", "composed", "sending", "retry")


def prepare(**environment: str) -> None:
    """Settings as in production, and an empty PostgreSQL with its tables that waits for the disk."""
    servers.ON_POSTGRES = True
    servers.prepare_environment()
    # With it Django keeps every statement, and its parameters, in memory.
    del os.environ["DEBUG"]
    # One by one: our settings look for a file of them but once, and may have done so.
    written = (servers.ROOT / "tests" / "production.env").read_text().splitlines()
    os.environ |= dict(line.split("=", 1) for line in written if "=" in line and not line.startswith("#"))
    os.environ |= {
        "VAR_DIR": tempfile.mkdtemp(prefix="paperboy-bench-"),
        "DJANGO_SETTINGS_MODULE": "digest.settings",
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "CANARY_SHARE": "0",
        "LOG_LEVEL": "ERROR",
        **environment,
    }
    django.setup()
    with connection.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM RESET {setting}")
        cursor.execute("SELECT pg_reload_conf()")
    call_command("migrate", verbosity=0)
    # As a worker's process begins.
    ease_collection()


def add_papers(count: int = PAPERS) -> list[Any]:
    """Papers of the week with abstracts of the usual length, each in one of the topics."""
    from digest.papers.vectors import current_embedder, embed_waiting
    from tests.factories import make_paper, make_topic

    topics = [make_topic(f"Field {number}") for number in range(TOPICS)]
    for number in range(count):
        make_paper(
            f"On the structure of result {number}: methods, limits and a careful comparison",
            topics=(topics[number % TOPICS],),
            authors=[f"Author {number} {letter}" for letter in "ABCDE"],
            abstract=ABSTRACT.format(number) * 8,
            votes=number % 97,
            listed_on=(SLOT - timedelta(days=2)).date(),
            arxiv_id=f"2608.{number:05d}",
            code_url="https://github.com/example/code",
        )
    # As the hourly task would have done by then.
    sum(embed_waiting(embedder=current_embedder(), now=SLOT))
    return topics


def add_readers(topics: list[Any], count: int) -> None:
    """Readers who are all due at SLOT: copies of one, made inside the database.

    Each follows three topics, in one of 1,620 ways, and every second one a phrase that one of the papers holds.
    """
    from tests.factories import make_subscriber

    first = make_subscriber(weekday=SLOT.weekday(), hour=SLOT.hour, next_due_at=SLOT)
    model = apps.get_model("subscriptions", "Subscriber")
    own = dict.fromkeys(("email", "email_key", "mailbox_key"), "'reader' || n || '@example.org'")
    own |= {"address_hash": "md5(n::text) || md5('h' || n)", "feed_key": "md5('f' || n)"}
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(own.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO subscriptions_subscriber ({', '.join(columns)}) SELECT {chosen}"  # names of ours
            " FROM subscriptions_subscriber, generate_series(%s, %s) AS n WHERE id = %s",
            [first.pk + 1, first.pk + count, first.pk],
        )
        cursor.execute(
            "INSERT INTO subscriptions_interest (subscriber_id, kind, topic_id, text, weight, created_at)"
            " SELECT s.id, 'topic', (%s::bigint[])[place %% %s + 1], '', 1.0, now()"
            " FROM subscriptions_subscriber s,"
            " unnest(ARRAY[s.id, s.id + 1 + s.id / 20 %% 9, s.id + 10 + s.id / 180 %% 9]) AS place WHERE s.id > %s",
            [[topic.pk for topic in topics], TOPICS, first.pk],
        )
        cursor.execute(
            "INSERT INTO subscriptions_interest (subscriber_id, kind, text, weight, created_at)"
            " SELECT s.id, 'keyword', 'result ' || s.id %% %s, 1.0, now()"
            " FROM subscriptions_subscriber s WHERE s.id > %s AND s.id %% 2 = 0",
            [PAPERS, first.pk],
        )
    first.delete()
    analyze()


def forget_readers() -> None:
    """Back to papers alone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE subscriptions_subscriber, composing_digest, composing_edition CASCADE")


def analyze() -> None:
    """What PostgreSQL does by itself within a minute: learn how large the tables are, and write them out."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def plan() -> int:
    """Everybody who is due gets a planned digest; how many."""
    from digest.composing.schedule import open_due

    return open_due(now=SLOT + timedelta(minutes=1))


def find_ranges(size: int = 0) -> list[tuple[int, int]]:
    """The ids of all open digests in ranges, as the sweep offers them."""
    from digest.delivery.reconcile import cut_ranges

    digests = apps.get_model("composing", "Digest").objects
    ids = list(digests.filter(state__in=OPEN).order_by("id").values_list("id", flat=True))
    if not size:
        return list(cut_ranges(ids))
    return [(ids[place], ids[min(place + size, len(ids)) - 1]) for place in range(0, len(ids), size)]


def count_open() -> int:
    """How many digests are still on their way."""
    return int(apps.get_model("composing", "Digest").objects.filter(state__in=OPEN).count())


def any_open() -> bool:
    """Whether a digest is: what may be asked often, since it costs the database next to nothing."""
    return bool(apps.get_model("composing", "Digest").objects.filter(state__in=OPEN).exists())
