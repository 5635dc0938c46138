"""What the measurements are made on: an empty PostgreSQL, a week's papers, and any number of readers who are due."""

from __future__ import annotations

import os
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests import servers

PAPERS, TOPICS, FOLLOWED = 300, 20, 3
ABSTRACT = "We study a question of general interest, give an answer with some care, and test it on {} cases. "


def prepare() -> None:
    """Settings, and an empty PostgreSQL with its tables."""
    servers.ON_POSTGRES = True
    servers.prepare_environment()
    os.environ["DJANGO_SETTINGS_MODULE"] = "digest.settings"
    django.setup()
    call_command("migrate", verbosity=0)


def add_papers(count: int = PAPERS) -> list[Any]:
    """Papers of the week with abstracts of the usual length, each in one of the topics."""
    from tests.factories import make_paper, make_topic

    topics = [make_topic(f"Field {number}") for number in range(TOPICS)]
    for number in range(count):
        make_paper(
            f"On the structure of result {number}: methods, limits and a careful comparison",
            topics=(topics[number % TOPICS],),
            authors=[f"Author {number} {letter}" for letter in "ABCDE"],
            abstract=ABSTRACT.format(number) * 8,
            votes=number % 97,
            arxiv_id=f"2608.{number:05d}",
            code_url="https://github.com/example/code",
        )
    return topics


def add_readers(topics: list[Any], count: int) -> None:
    """Readers with three topics each, all due: copies of one, made inside the database."""
    from tests.factories import make_subscriber

    model = apps.get_model("subscriptions", "Subscriber")
    first = make_subscriber()
    own = {
        "email": "'r' || n || '@example.org'",
        "email_key": "'r' || n || '@example.org'",
        "mailbox_key": "'r' || n || '@example.org'",
        "address_hash": "md5(n::text) || md5('h' || n)",
        "feed_key": "md5('f' || n)",
    }
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
            " SELECT s.id, 'topic', (%s::bigint[])[(s.id + step) %% %s + 1], '', 1.0, now()"
            " FROM subscriptions_subscriber s, generate_series(1, %s) AS step WHERE s.id > %s",
            [[topic.pk for topic in topics], TOPICS, FOLLOWED, first.pk],
        )
    first.delete()


def analyze() -> None:
    """What PostgreSQL does by itself within a minute: learn how large the tables are."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def forget_readers() -> None:
    """Back to papers alone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE subscriptions_subscriber, composing_digest, composing_edition CASCADE")
