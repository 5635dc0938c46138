"""Visits: paging, resuming, one runner, conditional requests, and what becomes of a source that is busy or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.papers.models import ImportRun, Paper, Source
from digest.papers.visiting import find_due, visit_source
from tests.papers.playing import Asked, Player, Reply, play

pytestmark = pytest.mark.django_db
V = ImportRun.Verdict


def make(kind: str, query: str = "", **values: Any) -> Source:
    return Source.objects.create(**{"name": kind, "kind": kind, "query": query, "rhythm": "daily"} | values)


def visit(source: Source, player: Player, **options: Any) -> ImportRun:
    run = visit_source(source.pk, fetcher=player.fetcher(), **options)
    assert run is not None
    source.refresh_from_db()
    return run


def asked_for(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


def oai_pages(number: int, size: int = 2) -> Callable[[Asked], Reply]:
    """An archive of so many pages; the token is the number of the next one."""

    def script(asked: Asked) -> Reply:
        place = int(asked_for(asked).get("resumptionToken", "0"))
        records = "".join(
            f"<record><header><datestamp>2026-07-31</datestamp></header><metadata><arXiv><id>2607.{place:02d}{n:03d}</id>"
            f"<title>Paper {place} {n}</title></arXiv></metadata></record>"
            for n in range(size)
        )
        token = str(place + 1) if place + 1 < number else ""
        tail = f"<resumptionToken completeListSize='{number * size}'>{token}</resumptionToken>"
        return Reply(f"<OAI-PMH>{records}{tail}</OAI-PMH>".encode())

    return script


def test_all_pages_of_an_archive_are_read_by_tokens() -> None:
    source = make("oai", "cs:cs:RO")
    with play(oai_pages(4)) as player:
        run = visit(source, player)
    assert (run.verdict, run.received, run.expected, run.new) == (V.FRESH, 8, 8, 8)
    first, second = asked_for(player.asked[0]), asked_for(player.asked[1])
    assert first == {
        "verb": "ListRecords",
        "metadataPrefix": "arXiv",
        "from": "2026-07-30",
        "until": "2026-08-02",
        "set": "cs:cs:RO",
    }
    assert second == {"verb": "ListRecords", "resumptionToken": "1"}
    assert (source.seen_until, source.claim, source.journey) == (date(2026, 8, 2), "", {})


def test_a_visit_that_ran_out_of_time_goes_on_where_it_stopped() -> None:
    source = make("oai")
    with play(oai_pages(3)) as player:
        assert [visit(source, player, seconds=-1).verdict for _ in range(3)] == [V.RUNNING, V.RUNNING, V.FRESH]
    assert [asked_for(asked).get("resumptionToken") for asked in player.asked] == [None, "1", "2"]
    assert (ImportRun.objects.count(), Paper.objects.count()) == (1, 6)


def test_a_page_begun_by_a_process_that_died_is_read_again() -> None:
    source = make("oai")
    with play(oai_pages(2)) as player:
        visit(source, player, seconds=-1)
        half = Source.objects.get()
        run = ImportRun.objects.get()
        run.received = 3
        run.save()
        assert half.journey["position"] == 2
        assert visit(source, player).received == 4


def test_only_one_runner_visits_a_source() -> None:
    source = make("oai")
    inner: list[ImportRun | None] = []

    def script(asked: Asked) -> Reply:
        inner.append(visit_source(source.pk, fetcher=player.fetcher()))
        return oai_pages(1)(asked)

    with play(script) as player:
        now = player.clock()
        Source.objects.update(claim="other", lease_until=now + timedelta(minutes=1), next_visit_at=now)
        assert find_due(now=now) == []
        assert visit_source(source.pk, fetcher=player.fetcher()) is None
        player.clock.moment += timedelta(minutes=2)
        assert find_due(now=player.clock()) == [source.pk]


def test_a_token_that_expired_starts_the_list_anew_once() -> None:
    expired = b"<OAI-PMH><error code='badResumptionToken'>old</error></OAI-PMH>"
    fails = [True]

    def script(asked: Asked) -> Reply:
        if "resumptionToken" in asked.path and fails:
            fails.clear()
            return Reply(expired)
        return oai_pages(2)(asked)

    with play(script) as player:
        run = visit(make("oai"), player)
    assert (run.verdict, run.received, run.new) == (V.FRESH, 4, 4)


def test_a_busy_server_puts_the_visit_off_and_breaks_nothing() -> None:
    source, replies = make("oai"), [Reply(status=503, headers={"Retry-After": "1800"})]
    with play(lambda asked: replies.pop() if replies else oai_pages(1)(asked)) as player:
        run = visit(source, player)
        assert (run.verdict, source.next_visit_at) == (V.RUNNING, player.clock() + timedelta(seconds=1800))
        player.clock.moment += timedelta(seconds=1800)
        assert visit(source, player).verdict == V.FRESH
    assert ImportRun.objects.count() == 1


def test_a_broken_answer_moves_nothing_on_and_is_tried_again_in_an_hour() -> None:
    source = make("huggingface", seen_until=date(2026, 7, 20))
    with play(lambda _: Reply(b"<html>", headers={"Content-Type": "text/html"})) as player:
        run = visit(source, player)
    assert (run.verdict, source.seen_until) == (V.BROKEN, date(2026, 7, 20))
    assert source.next_visit_at == player.clock() + timedelta(hours=1)
    assert "a web page instead of data" in run.error


def hf_list(asked: Asked) -> Reply:
    day, page = asked_for(asked)["date"], int(asked_for(asked)["p"])
    size = 100 if page == 0 else 7
    items = [
        {
            "paper": {
                "id": f"26{day[5:7]}.{day[8:]}{page}{n:02d}",
                "title": f"{day} {page} {n}",
                "submittedOnDailyAt": day,
            }
        }
        for n in range(size)
    ]
    return Reply(json.dumps(items).encode(), headers={"ETag": f'"{day}"'})


def test_daily_lists_are_asked_day_by_day_and_page_by_page_without_weekends() -> None:
    source = make("huggingface", days_back=4)
    with play(hf_list) as player:
        run = visit(source, player)
    asked = [(found["date"], found["p"]) for found in map(asked_for, player.asked)]
    # From Wednesday; the visit is on a Monday, whose own list is not complete.
    assert asked == [(f"2026-07-{day}", page) for day in (29, 30, 31) for page in ("0", "1")]
    assert (run.verdict, run.new) == (V.FRESH, 321)


def unless_same(script: Callable[[Asked], Reply], asked: Asked) -> Reply:
    """What the script says, unless whoever asks has it already."""
    reply = script(asked)
    is_same = asked.headers.get("If-None-Match") == reply.headers["ETag"]
    return Reply(status=304) if is_same else reply


def test_a_list_that_did_not_change_is_not_sent_again() -> None:
    source = make("huggingface", days_back=0, seen_until=date(2026, 7, 31))
    with play(lambda asked: unless_same(hf_list, asked)) as player:
        first, again = visit(source, player), visit(source, player)
    assert (again.verdict, again.received, again.unchanged) == (V.QUIET, first.received, first.received)


def test_behind_a_page_that_did_not_change_the_next_one_is_asked_for_all_the_same() -> None:
    last = 3

    def growing(asked: Asked) -> Reply:
        start = int(asked_for(asked)["start"])
        numbers = range(start, min(start + 500, 500 + last))
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/2608.{n:05d}v1</id><title>Paper {n}</title></entry>" for n in numbers
        )
        return Reply(
            ATOM.format(total=500 + last, entries=entries).encode(), headers={"ETag": f"{start} {len(numbers)}"}
        )

    source = make("arxiv", "cat:cs.RO")
    with play(lambda asked: unless_same(growing, asked)) as player:
        visit(source, player)
        last = 5
        run = visit(source, player)
    assert (run.verdict, run.new, run.received) == (V.FRESH, 2, 505)


def test_a_page_with_a_rejected_record_is_sent_again_so_that_it_is_told_again() -> None:
    body = b"<rss><channel><title>T</title><item><title>A</title></item><item><title></title></item></channel></rss>"
    with play(lambda asked: unless_same(lambda _: Reply(body, headers={"ETag": "a"}), asked)) as player:
        source = make("arxiv-rss", "cs.RO")
        assert [visit(source, player).verdict for _ in range(2)] == [V.PARTIAL, V.PARTIAL]


def test_a_run_ends_at_the_limit_of_its_row() -> None:
    source = make("oai", most_records=3)
    with play(oai_pages(9)) as player:
        run = visit(source, player)
    assert (run.verdict, run.received, source.seen_until) == (V.PARTIAL, 4, None)
    assert "limit" in run.reason


def test_a_query_that_cannot_be_asked_is_said_before_anything_is() -> None:
    with play(oai_pages(1)) as player:
        run = visit(make("arxiv-rss", "cs RO"), player)
    assert (run.verdict, player.asked) == (V.BROKEN, [])
    assert "Name arXiv archives" in run.error


ATOM = "<feed><totalResults>{total}</totalResults>{entries}</feed>"


def test_searches_are_paged_by_what_came() -> None:
    def script(asked: Asked) -> Reply:
        start = int(asked_for(asked)["start"])
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/2608.{n:05d}v1</id><title>Paper {n}</title></entry>"
            for n in range(start, min(start + 500, 1_100))
        )
        return Reply(ATOM.format(total=1_100, entries=entries).encode())

    with play(script) as player:
        run = visit(make("arxiv", "cat:cs.RO"), player)
    assert (run.verdict, run.new, len(player.asked)) == (V.FRESH, 1_100, 3)
    query = asked_for(player.asked[0])["search_query"]
    assert query == "(cat:cs.RO) AND submittedDate:[202607310000 TO 202608032359]"
    # arXiv asks for three seconds between requests.
    assert sum(player.clock.slept) == pytest.approx(6)


@pytest.mark.parametrize(
    ("kind", "query", "address"),
    [
        ("scholar", "soft grippers", "/graph/v1/paper/search?query=soft+grippers&publicationDateOrYear=2026-07-31%3A"),
        ("crossref", "silt issn:1234-5678", "/works?filter=from-created-date%3A2026-07-30%2Cuntil-created-date%3A"),
        ("biorxiv", "medrxiv infectious diseases", "/details/medrxiv/2026-07-30/2026-08-02/0?category=infectious_dis"),
        ("arxiv-rss", "cs.RO+cs.LG", "/rss/cs.RO+cs.LG"),
    ],
)
def test_each_kind_asks_for_its_days(kind: str, query: str, address: str) -> None:
    with play(lambda _: Reply(status=404)) as player:
        run = visit(make(kind, query), player)
    assert player.asked[0].path.startswith(address)
    assert run.verdict == V.BROKEN


def test_a_key_is_sent_as_a_header(settings: Any) -> None:
    settings.SEMANTIC_SCHOLAR_KEY = "key"
    with play(lambda _: Reply(b'{"total": 0, "data": []}')) as player:
        visit(make("scholar", "x"), player)
    assert player.asked[0].headers["x-api-key"] == "key"


def test_rhythm_keeps_its_hour_and_catches_up_with_one_visit() -> None:
    with play(oai_pages(1)) as player:
        due = player.clock() - timedelta(days=3, hours=1)
        source = make("oai", next_visit_at=due)
        visit(source, player)
    assert source.next_visit_at == due + timedelta(days=4)
    assert source.next_visit_at > datetime(2026, 8, 3, 9, tzinfo=due.tzinfo)
