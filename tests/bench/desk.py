"""`make bench-admin`: how long each page of the desk takes over a large installation, on PostgreSQL.

Goals: a list under a second at a number of queries that does not grow; the effect on all readers in seconds.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import time
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from digest.ranking.word_table import load_word_table
from tests.bench.run import say
from tests.bench.world import analyze, prepare

GOAL = 1.0
KINDS_OF_DIGEST = 2_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kolkata")
WORDS = ("diffusion", "grasping", "retrieval", "alignment", "pruning", "audio", "graphs", "causal", "speech", "robots")


def fill(model: str, rows: Any) -> None:
    """Rows of a model, several thousand at a time."""
    found: type[Model] = apps.get_model(model)
    found._default_manager.bulk_create(rows, batch_size=5_000)


def add_papers(count: int) -> None:
    """Papers over a year, each in one of the standard topics; two hundred wait."""
    from digest.papers.models import Paper, Topic
    from digest.papers.vectors import current_embedder, embed_waiting
    from tests.factories import NOW

    topics = list(Topic.objects.values_list("id", flat=True))
    chance = random.Random(7)
    # Few words are frequent and most are rare, as in a language.
    vocabulary = [word for word in load_word_table().vocabulary if word.isalpha() and len(word) > 3][:8_000]
    weights = [1 / place for place in range(1, len(vocabulary) + 1)]
    fill(
        "papers.Paper",
        (
            Paper(
                title=f"On {chance.choice(WORDS)} and {chance.choice(WORDS)}, part {number}",
                title_key=f"part {number}",
                abstract=" ".join(chance.choices(vocabulary, weights, k=120)),
                authors=[f"Author {number % 5000}", f"Author {number % 777}"],
                arxiv_id=f"26{number % 12 + 1:02}.{number:06}",
                votes=number % 97,
                trend=float(number % 97),
                listed_on=(NOW - timedelta(days=number * 365 // count)).date(),
                created_at=NOW - timedelta(days=number * 365 // count),
                state="pending" if number < 200 else "approved",
            )
            for number in range(count)
        ),
    )
    filed = Paper.topics.through
    ids = Paper.objects.values_list("id", flat=True)
    filed.objects.bulk_create((filed(paper_id=pk, topic_id=topics[pk % len(topics)]) for pk in ids), batch_size=5_000)
    # The newest first, as the hourly task does: the windows' papers have their vectors.
    sum(embed_waiting(embedder=current_embedder(), now=NOW, seconds=20))


def add_readers(count: int) -> None:
    """Weekly readers all over the world, each with three topics; one in three with a word as well."""
    from digest.papers.models import Topic
    from subscriptions.addresses import address_columns
    from subscriptions.cadence import Rhythm, next_slot
    from subscriptions.models import Interest, Subscriber
    from tests.factories import NOW

    topics = list(Topic.objects.values_list("id", flat=True))
    chance = random.Random(8)
    people = []
    for number in range(count):
        rhythm = Rhythm("weekly", chance.choice((0, 0, 0, 1, 4)), chance.choice((7, 8, 8, 9, 18)), chance.choice(ZONES))
        people.append(
            Subscriber(
                **address_columns(f"reader{number}@example{number % 40}.org"),
                state="active",
                weekday=rhythm.weekday,
                hour=rhythm.hour,
                timezone=rhythm.timezone,
                paper_limit=chance.choice((5, 10, 10, 15)),
                next_due_at=_slot(rhythm, NOW - timedelta(days=2), next_slot),
                consent_at=NOW,
                confirmed_at=NOW,
                created_at=NOW - timedelta(days=number % 400 + 1),
            )
        )
    fill("subscriptions.Subscriber", people)
    ids = list(Subscriber.objects.values_list("id", flat=True))
    rows = (
        Interest(subscriber_id=pk, kind="topic", topic_id=topic) for pk in ids for topic in chance.sample(topics, 3)
    )
    fill("subscriptions.Interest", rows)
    words = (Interest(subscriber_id=pk, kind="keyword", text=chance.choice(WORDS)) for pk in ids if pk % 3 == 0)
    fill("subscriptions.Interest", words)


_KNOWN: dict[Any, Any] = {}


def _slot(rhythm: Any, after: Any, find: Any) -> Any:
    if rhythm not in _KNOWN:
        _KNOWN[rhythm] = find(rhythm, after=after)
    return _KNOWN[rhythm]


def add_digests(count: int) -> None:
    """Delivered digests of the weeks before, for every reader, with papers of those weeks, until there are enough."""
    from digest.composing.models import Digest, Edition
    from subscriptions.models import Subscriber

    readers = Subscriber.objects.count()
    for back in range(max(count // max(readers, 1), 1)):
        edition = Edition.objects.create(period=f"2026-W{31 - back:02}", state="approved", approved_at="2026-07-01T00Z")
        Edition.objects.filter(pk=edition.pk).update(frozen_at="2026-07-01T00:00Z")
        columns = (
            "subscriber_id, period, edition_id, state, first_day, last_day, entries, news, more_count, looks_back, "
            "attempts, claim, provider_id, error, slot_at, planned_at, composed_at, accepted_at, settled_at"
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Digest._meta.db_table} ({columns}) SELECT id, %s, %s, CASE WHEN id %% 500 = 0 THEN "
                "'bounced' WHEN id %% 1500 = 1 THEN 'complained' ELSE 'delivered' END, %s::date, %s::date, "
                "entries, '[]'::jsonb, 0, false, 1, '', '', '', t, t, t, t, t FROM subscriptions_subscriber "
                "JOIN jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS told(entries, place) ON place = id %% %s + 1, "
                "(SELECT %s::timestamptz - %s * interval '7 days' AS t) AS moment",
                [
                    *(edition.period, edition.pk, "2026-07-20", "2026-07-27", json.dumps(make_entries(back))),
                    *(KINDS_OF_DIGEST, "2026-07-27T08:00Z", back),
                ],
            )


def make_entries(back: int) -> list[list[dict[str, Any]]]:
    """What readers were sent so many weeks before the last: ten papers each of that week, with what drew them."""
    from digest.papers.models import Paper
    from tests.factories import NOW

    last = NOW.date() - timedelta(days=8 + 7 * back)
    week = list(Paper.objects.listed_between(last - timedelta(days=6), last).values_list("id", flat=True))
    chance = random.Random(back)
    reasons = [{"kind": "topic", "number": 1}, {"kind": "keyword", "text": "grasping"}]
    return [
        [{"paper": paper, "reasons": reasons[: chance.randint(0, 2)]} for paper in chance.sample(week, 10)]
        for _ in range(KINDS_OF_DIGEST)
    ]


def measure(client: Client, name: str, url: str, *, goal: float = GOAL) -> bool:
    """Open a page twice, tell the second time; whether it was quick enough."""
    client.get(url)
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
        size = len(answer.content)
    seconds = time.perf_counter() - started
    verdict = "ok" if answer.status_code == 200 and seconds <= goal else "TOO SLOW"
    slow = max((float(query["time"]) for query in queries), default=0.0)
    cost = f"{len(queries):3} queries, slowest {slow:5.2f} s  {size / 1000:6.0f} kB"
    say(f"{name:34} {seconds:7.2f} s  {cost}  {verdict}")
    return verdict == "ok"


def list_pages() -> list[tuple[str, str]]:
    """Every list of the desk, its front page, and the deep ends that people click into."""
    pages = [("front page", reverse("admin:index"))]
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label):
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        pages.append((model._meta.label, reverse(f"admin:{label}_changelist")))
    papers, digests = reverse("admin:papers_paper_changelist"), reverse("admin:composing_digest_changelist")
    return [
        *pages,
        ("papers, a word", f"{papers}?q=grasping"),
        ("papers, waiting", f"{papers}?state__exact=pending"),
        ("papers, page 700", f"{papers}?p=700"),
        ("incoming, by reach", reverse("admin:papers_paper_incoming") + "?by=reach"),
        ("digests, bounced", f"{digests}?state__exact=bounced"),
    ]


def main() -> None:
    """Fill an empty database, then open everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--digests", type=int, default=1_000_000)
    options = parser.parse_args()
    prepare()
    settings.ALLOWED_HOSTS = ["testserver"]
    logging.disable(logging.INFO)
    started = time.perf_counter()
    add_papers(options.papers)
    add_readers(options.readers)
    add_digests(options.digests)
    analyze()
    say(f"{options.papers:,} papers, {options.readers:,} readers, {options.digests:,} digests ")
    say(f"made in {time.perf_counter() - started:.0f} s")
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench", password="bench-pass-1"))
    results = [measure(client, name, url) for name, url in list_pages()]
    say(f"{sum(results)} of {len(results)} pages within {GOAL:.0f} s")
    show_effect(client)


def show_effect(client: Client) -> None:
    """The pages of a running edition, then the look ahead over everybody: in seconds, and exactly."""
    from digest.composing.effect import forecast
    from digest.composing.models import Edition, Pick
    from digest.composing.suggesting import suggest_picks
    from tests.factories import NOW

    edition = Edition.objects.create(period="2026-W32")
    suggest_picks(edition=edition, limit=4)
    # One of the week before comes back; some have it already.
    Pick.objects.create(edition=edition, paper_id=make_entries(0)[0][0]["paper"], position=4)
    running = Edition.objects.filter(frozen_at__isnull=False).latest("period")
    for name in ("change", "after"):
        measure(client, f"edition, {name}", reverse(f"admin:composing_edition_{name}", args=[running.pk]))
    quick = forecast(edition, now=NOW)
    say(f"effect, a sample: {quick.looked_at:,} of {quick.readers:,} in {quick.seconds:.1f} s, +-{quick.margin:.2f}")
    effect = forecast(edition, now=NOW, seconds=600)
    say(f"effect: {effect.readers:,} readers in {effect.seconds:.1f} s, {effect.groups:,} kinds of reader")
    say(f"  repeats avoided {effect.repeats_avoided:,}, lengths {dict(sorted(effect.lengths.items()))}")


if __name__ == "__main__":
    main()
