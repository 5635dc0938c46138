"""A made-up year of a source: what it publishes each day, the faults it has, and the verdict each visit deserves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from random import Random
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from digest.papers.models import ImportRun, Source
from digest.papers.verdicts import is_arxiv_holiday
from digest.papers.visiting import visit_source
from tests.papers.playing import Asked, Clock, Player, Reply, packed, play

V = ImportRun.Verdict
DAY = timedelta(days=1)
EASTERN = ZoneInfo("America/New_York")
# What a fault looks like, and the verdict it deserves.
FAULTS = {
    "down": V.BROKEN,
    "page": V.BROKEN,
    "cut": V.BROKEN,
    "bomb": V.BROKEN,
    "empty": V.STALE,
    "repeat": V.STALE,
    "redated": V.STALE,
    "half": V.PARTIAL,
    "garbage": V.PARTIAL,
}


@dataclass
class World:
    """A source of a kind. `published`: arXiv ids by listing day."""

    kind: str
    clock: Clock
    random: Random
    published: dict[date, list[str]] = field(default_factory=dict)
    fault: str = ""

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and not (self.kind == "arxiv-rss" and is_arxiv_holiday(day))

    def publish(self, day: date) -> None:
        if self.is_working(day):
            number = len(self.published)
            size = self.random.randint(16, 30)
            self.published[day] = [f"2601.{number:03d}{place:02d}" for place in range(size)]

    def newest(self) -> date:
        """The day that a visit is about."""
        return self.clock().date() - DAY if self.kind == "huggingface" else self.clock().astimezone(EASTERN).date()

    def answer(self, asked: Asked) -> Reply:
        day = self.newest()
        if self.kind == "huggingface":
            day = date.fromisoformat(parse_qs(urlsplit(asked.path).query)["date"][0])
        fault = self.fault if day == self.newest() else ""
        if fault == "down":
            return Reply(status=500)
        if fault == "page":
            return Reply(b"<html>Back soon</html>", headers={"Content-Type": "text/html"})
        if fault == "bomb":
            return packed(b" " * 3_000_000)
        body = self.write(day, self.list_for(day, fault), fault)
        return Reply(body[: len(body) // 2], promised=len(body)) if fault == "cut" else Reply(body)

    def list_for(self, day: date, fault: str) -> list[tuple[date, str]]:
        if fault == "repeat":
            day = self._before(day)
        if fault == "redated":
            return [(day, name) for name in self.published[self._before(day)]]
        ids = [(day, name) for name in self.published.get(day, [])]
        if fault == "empty":
            return []
        return ids[:2] if fault == "half" else ids

    def _before(self, day: date) -> date:
        return max(known for known in self.published if known < day)

    def write(self, day: date, papers: list[tuple[date, str]], fault: str) -> bytes:
        write = self._write_lists if self.kind == "huggingface" else self._write_feed
        return write(papers, has_garbage=fault == "garbage", built=day)

    def _write_lists(self, papers: list[tuple[date, str]], *, has_garbage: bool, built: date) -> bytes:
        items: list[object] = [
            {
                "paper": {
                    "id": name,
                    "title": f"Paper {name}",
                    "submittedOnDailyAt": f"{day}T05:00:00.000Z",
                    "upvotes": 3,
                }
            }
            for day, name in papers
        ]
        return json.dumps(items + [{"paper": {"id": "none", "title": "T"}}] * has_garbage).encode()

    def _write_feed(self, papers: list[tuple[date, str]], *, has_garbage: bool, built: date) -> bytes:
        def moment(day: date) -> str:
            return format_datetime(datetime(day.year, day.month, day.day, tzinfo=EASTERN))

        items = "".join(
            f"<item><title>Paper {name}</title><guid>oai:arXiv.org:{name}v1</guid>"
            f"<pubDate>{moment(day)}</pubDate></item>"
            for day, name in papers
        )
        bad = "<item><title></title></item>" if has_garbage else ""
        head = f"<title>T</title><lastBuildDate>{moment(built)}</lastBuildDate>"
        return f"<rss><channel>{head}{items}{bad}</channel></rss>".encode()


def make_world(kind: str, *, seed: int) -> World:
    """A source on its first day, with a month behind it."""
    return World(kind, Clock(BEGIN), Random(seed))


@dataclass
class Outcome:
    """What a visit was judged, and what it deserved."""

    day: date
    fault: str
    verdict: str
    deserved: str
    reason: str


# A Tuesday, so that the first visit has a day to bring.
BEGIN = datetime(2026, 1, 6, 12, 0, tzinfo=UTC)


def live(world: World, *, days: int) -> Iterator[Outcome]:
    """Live through the days: each morning a visit, an hour later another where the first was not complete."""
    kind, clock = world.kind, world.clock
    query = "cs.RO" if kind == "arxiv-rss" else ""
    source = Source.objects.create(name=f"A year of {kind}", kind=kind, query=query, rhythm="daily")
    for back in range(30, 0, -1):
        world.publish(clock().date() - DAY * back)
    with play(world.answer) as player:
        player.clock = clock
        for number in range(days):
            # The first days teach what is usual; the last ones bring what was late.
            may_fail = 7 < number < days - 4
            yield from live_through_day(world, source, player, number, may_fail=may_fail)


def live_through_day(world: World, source: Source, player: Player, number: int, *, may_fail: bool) -> Iterator[Outcome]:
    morning = BEGIN + DAY * number
    world.clock.moment = morning
    world.publish(morning.date())
    working = world.is_working(world.newest())
    world.fault = world.random.choice([*FAULTS, ""]) if working and may_fail and number % 2 == 0 else ""
    deserved = FAULTS.get(world.fault, V.FRESH if working else V.QUIET)
    yield visit_once(world, source, player, deserved)
    lasts = world.random.randint(0, 2)
    while world.fault:
        source.refresh_from_db()
        assert source.next_visit_at is not None
        assert source.next_visit_at <= world.clock() + timedelta(hours=1) or world.fault == "garbage"
        if world.fault == "garbage":
            break
        world.clock.moment = source.next_visit_at
        # It is over after an hour or some; half a list comes but once.
        world.fault = world.fault if lasts and world.fault != "half" else ""
        lasts -= 1
        yield visit_once(world, source, player, FAULTS.get(world.fault, V.FRESH))


def visit_once(world: World, source: Source, player: Player, deserved: str) -> Outcome:
    run = visit_source(source.pk, fetcher=player.fetcher(unpacked_bytes=1_048_576))
    assert run is not None
    said = run.error or run.reason
    return Outcome(world.clock().date(), world.fault, run.verdict, deserved, said)
