"""A large catalogue of made-up papers with the vocabulary of real ones, for the measurements of search and pages."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.utils.timezone import now

from tests import servers

DAYS = 1_000
FIELDS = 60
# Real catalogues hold each word about as often as its place in a list of words by frequency tells.
_OFTEN = 0.45
_FIELD_WORDS = 300
_BATCH = 2_000
_TITLE, _ABSTRACT = 9, 150


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare(*, folder: str, on_postgres: bool) -> Path:
    """Settings as in production, over a database in a folder that is kept, or on a PostgreSQL of its own."""
    home = Path(folder or tempfile.mkdtemp(prefix="paperboy-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    for name in servers.known_variables():
        os.environ.pop(name, None)
    os.environ.update(
        ENV_FILE=os.devnull,
        VAR_DIR=str(home),
        SECRET_KEY="only-for-measuring-" * 4,
        SUPPRESSION_KEY="only-for-measuring",
        SITE_URL="https://bench.example.org",
        DEFAULT_FROM_EMAIL="Bench <bench@example.org>",
        EMAIL_URL="smtp://localhost:25",
        REDIS_URL="redis://localhost:6379/0",
        POSTAL_ADDRESS="1 Example Street",
        LOG_LEVEL="ERROR",
        DJANGO_SETTINGS_MODULE="digest.settings",
    )
    if on_postgres:
        os.environ["DATABASE_URL"] = servers.start_postgres()
    django.setup()
    call_command("migrate", verbosity=0)
    return home


def fill(count: int) -> None:
    """Papers until there are so many, the same ones each time; then the search index."""
    from digest.papers.indexing import IndexFolder
    from digest.papers.models import Paper

    started = time.perf_counter()
    if Paper.objects.count() < count:
        Paper.objects.all().delete()
        for papers in _split(_make_papers(count)):
            _store(papers)
        # The same moment each time, so that an index on disk that was kept fits another database, too.
        Paper.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
        say(f"{count} papers stored in {time.perf_counter() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    started, folder, taken = time.perf_counter(), IndexFolder.current(), 0
    while more := folder.extend(now=datetime(2026, 6, 1, tzinfo=UTC), whole=True):
        taken += more
    if taken:
        size = sum(each.stat().st_size for each in folder.folder.rglob("*") if each.is_file()) / 1e6
        seconds = time.perf_counter() - started
        say(f"index of {taken} papers built in {seconds:.0f} s with embedding, {size:.0f} MB with the one before")


def make_text(chance: random.Random, words: list[str], weights: list[float], field: int, length: int) -> str:
    """Words of a field among words of every field."""
    often = chance.choices(words, cum_weights=weights, k=length)
    first = 200 + field * _FIELD_WORDS % max(len(words) - _FIELD_WORDS - 200, 1)
    own = words[first : first + _FIELD_WORDS]
    return " ".join(word if chance.random() < _OFTEN else chance.choice(own) for word in often)


def read_words() -> tuple[list[str], list[float]]:
    """The embedded table's words, most frequent first, with their summed frequencies."""
    from digest.ranking.word_table import load_word_table

    words = [word for word in load_word_table().vocabulary if word.isascii() and word.isalpha() and len(word) > 1]
    return words, list(accumulate(1 / (place + 10) for place in range(len(words))))


def _make_papers(count: int) -> Iterator[tuple[Any, int]]:
    from digest.papers.models import Paper, Source
    from digest.papers.votes import trend_of

    chance = random.Random(7)
    words, weights = read_words()
    sources = [Source.objects.get_or_create(name=f"List {n}", defaults={"kind": "json"})[0] for n in range(3)]
    today = now().date()
    for number in range(count):
        field = number % FIELDS
        title = make_text(chance, words, weights, field, _TITLE).capitalize()
        listed_on = today - timedelta(days=number % DAYS)
        votes = int(chance.paretovariate(1.1)) - 1
        paper = Paper(
            id=number + 1,
            title=title,
            title_key=f"{number} {title}"[:200],
            abstract=make_text(chance, words, weights, field, _ABSTRACT).capitalize() + ".",
            authors=[f"{chance.choice(words).title()} {chance.choice(words).title()}" for _ in range(5)],
            arxiv_id=f"{15 + number // 90_000:02d}{1 + number // 9_000 % 10:02d}.{number % 9_000:05d}",
            submitter=f"member{number % 500}",
            organisation=f"Institute {number % 200}" if number % 3 else "",
            code_url="https://code.example.org/x" if number % 4 == 0 else "",
            votes=min(votes, 5_000),
            comments=number % 5,
            listed_on=listed_on,
            trend=trend_of(votes=min(votes, 5_000), listed_on=listed_on),
            source=sources[number % 3],
            created_at=datetime(2025, 1, 1, tzinfo=UTC),
        )
        yield paper, field


def _store(papers: list[tuple[Any, int]]) -> None:
    from digest.papers.models import Paper, Topic

    topics = list(Topic.objects.order_by("pk"))
    Paper.objects.bulk_create(paper for paper, _ in papers)
    through = Paper.topics.through
    through.objects.bulk_create(
        through(paper_id=paper.pk, topic_id=topics[(field + step) % len(topics)].pk)
        for paper, field in papers
        for step in (0, 7)
    )


def _split(papers: Iterator[tuple[Any, int]]) -> Iterator[list[tuple[Any, int]]]:
    batch: list[tuple[Any, int]] = []
    for paper in papers:
        batch.append(paper)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch
