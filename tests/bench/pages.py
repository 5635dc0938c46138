"""`make bench-pages`: server time and number of queries of each public page over many papers."""

from __future__ import annotations

import argparse
from datetime import timedelta
from functools import partial

from django.utils.timezone import now

from tests.bench.library import fill, prepare, say
from tests.bench.search import describe, take_time

ROUNDS = 40
BUDGET = "goal: median below 50 ms"


def list_pages() -> dict[str, str]:
    """Addresses by what they show."""
    from digest.papers.models import Paper, Topic

    day = now().date() - timedelta(days=40)
    week, month = f"{day:%G-W%V}", f"{day:%Y-%m}"
    paper = Paper.objects.order_by("pk")[500]
    topic = Topic.objects.order_by("pk")[3].slug
    return {
        "front page": "/",
        "a day": f"/papers/day/{day:%Y-%m-%d}/",
        "a week": f"/papers/week/{week}/",
        "a month": f"/papers/month/{month}/",
        "its page 60": f"/papers/month/{month}/?page=60",
        "by votes": f"/papers/month/{month}/?order=votes",
        "newest": f"/papers/month/{month}/?order=newest",
        "of a topic": f"/papers/month/{month}/?topic={topic}",
        "of a submitter": f"/papers/month/{month}/?submitter=member7",
        "a search": "/search/?q=coarse+control",
        "typing": "/search/?q=deep+network",
        "filtered search": f"/search/?q=network&topic={topic}&code=1",
        "a paper": f"/papers/{paper.pk}/",
        "editions": "/editions/",
    }


def main() -> None:
    """Fill, visit, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--folder", default="", help="keep the catalogue and the index here, and use them again")
    options = parser.parse_args()
    prepare(folder=options.folder, on_postgres=options.database == "postgres")
    fill(options.papers)
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="bench.example.org", headers={"X-Forwarded-Proto": "https"})
    say(f"{options.papers} papers on {connection.vendor}; {BUDGET}")
    for name, url in list_pages().items():
        visit = partial(client.get, url, secure=True)
        answer = visit()
        assert answer.status_code == 200, (url, answer.status_code)
        with CaptureQueriesContext(connection) as queries:
            visit()
        asked = len(queries)
        times = [take_time(visit) for _ in range(ROUNDS)]
        say(f"{name:>16}: {describe(times)}, {asked:2} queries, {len(answer.content) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
