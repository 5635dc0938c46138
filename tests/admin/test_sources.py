"""Curators set sources up, have them visited, see verdicts, and part wrong merges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains

from digest import tasks
from digest.papers.ingest import import_records
from digest.papers.models import HostTurn, ImportRun, Paper, Source, SourceRecord
from digest.papers.sources.base import Record
from digest.papers.sources.registry import FORMATS
from digest.papers.trying import try_source
from tests.papers.makers import NOW, TODAY
from tests.papers.playing import Asked, Clock, Reply, play

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[1] / "payloads"
FEED = b"""<rss><channel><title>T</title><item><title>Silt</title><guid>oai:arXiv.org:2608.00001v1</guid></item>
<item><title></title></item></channel></rss>"""
COMMON = {
    "runs-TOTAL_FORMS": 0,
    "runs-INITIAL_FORMS": 0,
    "days_back": 3,
    "most_records": 5000,
    "on_trouble": "show",
    "is_active": "on",
}


def add(client: Client, **values: Any) -> Any:
    return client.post(reverse("admin:papers_source_add"), COMMON | values)


@pytest.fixture
def feed(settings: Any) -> Any:
    """A feed that every address leads to."""
    with play(lambda _: Reply(FEED)) as player:
        settings.FETCH_LOOPBACK_PORT = player.port
        yield player


def test_a_source_with_a_rhythm_is_due_at_once(admin_client: Client) -> None:
    assert add(admin_client, name="A", kind="arxiv-rss", query="cs.RO", rhythm="daily").status_code == 302
    assert Source.objects.get().next_visit_at is not None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "csv", "rhythm": "daily"}, "import its files instead"),
        ({"kind": "arxiv-rss", "rhythm": "daily", "query": "cs RO"}, "Name arXiv archives or classes"),
        ({"kind": "biorxiv", "rhythm": "by-hand", "query": "nature"}, "Name the server"),
    ],
)
def test_a_source_that_could_not_be_visited_is_refused(admin_client: Client, values: dict[str, Any], said: str) -> None:
    assertContains(add(admin_client, name="A", **values), said)
    assert not Source.objects.exists()


def test_the_desk_and_the_command_do_the_same(
    admin_client: Client, feed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks.visit, "apply_async", lambda args, **_: tasks.visit(*args))
    add(admin_client, name="arXiv daily feed", kind="arxiv-rss", query="cs.RO", rhythm="by-hand")
    source = Source.objects.get()
    ask = {"action": "visit_selected", "_selected_action": [source.pk]}
    answer = admin_client.post(reverse("admin:papers_source_changelist"), ask, follow=True)
    assertContains(answer, "1 source will be visited within a minute.")
    by_desk = ImportRun.objects.get()
    Paper.objects.all().delete()
    HostTurn.objects.all().delete()
    call_command("import_papers", "arxiv-rss", "--visit", "--query", "cs.RO")
    by_command = ImportRun.objects.latest("pk")
    for run in (by_desk, by_command):
        assert (run.source, run.verdict, run.new, run.rejected) == (source, "partial", 1, 1)
    assert capsys.readouterr().out.splitlines() == [
        "1 new, 0 changed, 0 unchanged, 1 rejected",
        "Partial. 1 of 2 records were rejected.",
    ]
    assert [asked.path for asked in feed.asked] == ["/rss/cs.RO", "/rss/cs.RO"]


def test_the_sweep_visits_what_is_due(feed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.visit, "apply_async", lambda args, **_: tasks.visit(*args))
    Source.objects.create(name="A", kind="arxiv-rss", query="cs.RO", rhythm="hourly", next_visit_at=NOW)
    tasks.visit_sources()
    tasks.visit_sources()
    assert len(feed.asked) == 1


def test_a_source_that_is_down_fails_the_command_with_its_reason(settings: Any) -> None:
    def down(_: Asked) -> Reply:
        return Reply(status=404)

    with play(down) as player:
        settings.FETCH_LOOPBACK_PORT = player.port
        with pytest.raises(CommandError, match="not complete"):
            call_command("import_papers", "arxiv-rss", "--visit", "--query", "cs.RO")
    assert "answered 404" in ImportRun.objects.get().error


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("bibtex", "--visit"), "only these can be visited: huggingface"),
        (("arxiv", "--visit"), "Say what to search for"),
        (("arxiv-rss", "--visit", "--query", "a b"), "Name arXiv archives"),
    ],
)
def test_what_cannot_be_visited_is_said(args: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import_papers", *args)


def test_a_stale_source_shows_on_the_desk(admin_client: Client) -> None:
    source = Source.objects.create(name="A", kind="arxiv-rss", query="cs.RO", rhythm="daily")
    reason = "Papers of 3 August were due, but nothing came."
    run = ImportRun.objects.create(
        source=source, verdict="stale", reason=reason, finished_at=NOW, received=4, unchanged=1
    )
    assertContains(admin_client.get(reverse("admin:papers_source_changelist")), "Stale")
    assertContains(admin_client.get(reverse("admin:papers_source_change", args=[source.pk])), reason)
    assertContains(admin_client.get(reverse("admin:papers_importrun_changelist")), f"{reason} 1 unchanged.")
    assertContains(admin_client.get(reverse("admin:papers_importrun_change", args=[run.pk])), "25%")


def test_the_list_of_runs_says_why_one_is_broken(admin_client: Client) -> None:
    ImportRun.objects.create(source=make_feed_source(), verdict="broken", error="It answered 500.", finished_at=NOW)
    assertContains(admin_client.get(reverse("admin:papers_importrun_changelist")), "It answered 500.")


def test_a_wrong_merge_is_parted_after_a_question(admin_client: Client) -> None:
    for name in ("one", "two"):
        source = Source.objects.create(name=name, kind="json")
        records = [Record("Same title", abstract=f"Of {name}.")]
        import_records(source=source, origin="test", records=records, listed_on=TODAY, now=NOW)
    row = SourceRecord.objects.get(source__name="one")
    assertContains(admin_client.get(reverse("admin:papers_paper_change", args=[row.paper_id])), row.key)
    assertContains(admin_client.get(reverse("admin:papers_sourcerecord_change", args=[row.pk])), "Of one.")
    page = reverse("admin:papers_sourcerecord_part_this", args=[row.pk])
    assertContains(admin_client.get(page), "becomes a paper of its own")
    assert Paper.objects.count() == 1
    assert admin_client.post(page).status_code == 302
    assert set(Paper.objects.values_list("abstract", flat=True)) == {"Of one.", "Of two."}


def make_feed_source() -> Source:
    return Source.objects.create(name="A feed", kind="arxiv-rss", query="cs.RO")


def test_a_trial_shows_what_would_come_and_stores_nothing(admin_client: Client, feed: Any) -> None:
    source = make_feed_source()
    page = reverse("admin:papers_source_try_this", args=[source.pk])
    assertContains(admin_client.get(page), "Ask it now")
    assert feed.asked == []
    answer = admin_client.post(page)
    for said in ("1 paper, 0 of them known already", "Silt", "Record 2: Has no title.", "rss.arxiv.org/rss/cs.RO"):
        assertContains(answer, said)
    assert (Paper.objects.count(), ImportRun.objects.count()) == (0, 0)
    before = Source.objects.values().get()
    # The pause that a host is given is real here.
    HostTurn.objects.all().delete()
    call_command("import_papers", "arxiv-rss", "--visit", "--source", "A feed")
    Source.objects.update(**{name: before[name] for name in ("next_visit_at", "journey", "validators", "seen_until")})
    HostTurn.objects.all().delete()
    assertContains(admin_client.post(page), "1 paper, 1 of them known already")
    assert Source.objects.values().get() == before


def test_a_trial_that_fails_says_why(admin_client: Client, settings: Any) -> None:
    with play(lambda _: Reply(b"<html>", headers={"Content-Type": "text/html"})) as player:
        settings.FETCH_LOOPBACK_PORT = player.port
        answer = admin_client.post(reverse("admin:papers_source_try_this", args=[make_feed_source().pk]))
    assertContains(answer, "answered with a web page instead of data")


def test_a_trial_does_not_wait_for_a_busy_host(admin_client: Client, feed: Any) -> None:
    HostTurn.objects.create(host="arxiv.org", free_at=now() + timedelta(minutes=2), holder="somebody")
    source = make_feed_source()
    clock = Clock(now())
    trial = try_source(source, fetcher=replace(feed.fetcher(), clock=clock, sleep=clock.sleep))
    assert "asks to wait" in trial.trouble
    assert sum(clock.slept) <= 10
    assert feed.asked == []


TYPED = {"csv": b"title,votes\nSilt,3\n,4\n", "json": b'[{"title": "Silt", "abstract": "Layers."}]'}
FILES = {
    "listing": "listing.txt", "huggingface": "daily.json", "arxiv": "sources/atom.xml", "arxiv-rss": "sources/feed.rss",
    "oai": "sources/oai.xml", "oai-raw": "sources/oai_raw.xml", "arxiv-mail": "sources/mail.txt",
    "scholar": "sources/scholar.json", "crossref": "sources/crossref.json", "biorxiv": "sources/biorxiv.json",
    "bibtex": "sources/refs.bib", "ris": "sources/refs.ris", "zotero": "sources/zotero.json",
}  # fmt: skip


def stored() -> list[dict[str, Any]]:
    """What there is, apart from numbers of rows and moments."""
    own = {"id", "source_id", "created_at", "updated_at"}
    rows = Paper.objects.order_by("title_key").values()
    return [{name: value for name, value in row.items() if name not in own} for row in rows]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_gives_the_same_by_the_desk_and_by_the_command(admin_client: Client, tmp_path: Path, kind: str) -> None:
    data = TYPED.get(kind) or (PAYLOADS / FILES[kind]).read_bytes()
    path = tmp_path / "papers"
    path.write_bytes(data)
    call_command("import_papers", kind, str(path), "--listed-on", "2026-08-03")
    by_command, counted = stored(), ImportRun.objects.get()
    Source.objects.all().delete()
    Paper.objects.all().delete()
    asked = {"file": SimpleUploadedFile("papers", data), "kind": kind, "listed_on": "2026-08-03", "store": "on"}
    admin_client.post(reverse("admin:papers_paper_import_file"), asked)
    run = ImportRun.objects.get()
    assert by_command
    assert stored() == by_command
    assert (run.new, run.changed, run.rejections) == (counted.new, counted.changed, counted.rejections)
