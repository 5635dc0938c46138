"""The queue: in which order papers wait, how they are decided about, and the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.reach import count_reach
from digest.papers.deciding import decide, undo
from digest.papers.models import Decision, ImportRun, Paper
from subscriptions.models import Interest
from tests.admin.conftest import Login
from tests.admin.test_papers import change
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:papers_paper_incoming")
IMPORT = reverse("admin:papers_paper_import_file")
Kind = Decision.Kind


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def waiting() -> list[Paper]:
    """Three papers that wait, best trending first; the last has most followers."""
    popular = make_topic("Popular")
    papers = [make_paper(f"Waiting {n}", state="pending", trend=9.0 - n) for n in range(3)]
    papers[2].topics.add(popular)
    make_subscriber(follows=(popular,))
    return papers


def order(client: Client, by: str) -> list[str]:
    return [one.paper.title for one in client.get(QUEUE, {"by": by}).context["queue"]]


def post(client: Client, decision: str, *papers: Paper, **more: Any) -> Any:
    return client.post(QUEUE, {"decision": decision, "paper": [paper.pk for paper in papers], **more}, follow=True)


def states(papers: list[Paper]) -> list[str]:
    return [Paper.objects.get(pk=paper.pk).state for paper in papers]


def test_the_queue_has_two_orders(admin_client: Client, waiting: list[Paper]) -> None:
    assert order(admin_client, "trend") == ["Waiting 0", "Waiting 1", "Waiting 2"]
    assert order(admin_client, "reach")[0] == "Waiting 2"


def test_reach_counts_each_reader_once_and_heeds_mutes() -> None:
    one, two = make_topic(), make_topic()
    paper = make_paper("Grasping, slowly", topics=(one, two), authors=["Ada Jones"])
    both, muting, reading = make_subscriber(follows=(one, two)), make_subscriber(follows=(one,)), make_subscriber()
    Interest.objects.create(subscriber=muting, kind="keyword", text="Grasping", weight=-1.0)
    Interest.objects.create(subscriber=reading, kind="author", text="ada jones")
    make_subscriber(follows=(one,), state="paused")
    assert both.pk
    assert count_reach([paper]) == {paper.pk: 2}


def test_many_are_decided_at_once_and_taken_back(admin_client: Client, waiting: list[Paper]) -> None:
    answer = post(admin_client, "approve", *waiting[:2])
    assertContains(answer, "2 papers approved.")
    decision = Decision.objects.get()
    way_back = reverse("admin:papers_decision_undo_decision", args=[decision.pk])
    assertContains(answer, way_back)
    assert states(waiting) == ["approved", "approved", "pending"]
    assertContains(admin_client.get(way_back), "2 papers go back")
    admin_client.post(way_back)
    assert states(waiting) == ["pending"] * 3
    assertContains(admin_client.post(way_back, follow=True), "taken back already")


def test_what_was_decided_since_is_not_taken_back(waiting: list[Paper]) -> None:
    everything = Paper.objects.all()
    first = decide(everything, kind=Kind.APPROVED, user_id=None, now=NOW)
    decide(everything.filter(pk=waiting[0].pk), kind=Kind.HIDDEN, user_id=None, now=NOW + timedelta(hours=1))
    assert first is not None
    assert undo(first, user_id=None, now=NOW + timedelta(hours=2)) == 2
    assert states(waiting) == ["hidden", "pending", "pending"]


def test_every_kind_of_decision_goes_back(waiting: list[Paper]) -> None:
    before = list(Paper.objects.order_by("id").values("state", "withdrawn_at", "embargo_until", "topics"))
    for kind in [kind for kind in Kind if kind != Kind.MERGED]:
        until, topics = NOW + timedelta(days=1), [make_topic().pk]
        decision = decide(Paper.objects.all(), kind=kind, user_id=None, now=NOW, until=until, topics=topics)
        assert decision is not None
        assert undo(decision, user_id=None, now=NOW) == 3
    assert list(Paper.objects.order_by("id").values("state", "withdrawn_at", "embargo_until", "topics")) == before


def test_papers_are_filed_from_the_queue(admin_client: Client, waiting: list[Paper]) -> None:
    topic = make_topic("Better")
    post(admin_client, "file", waiting[0], topic=[topic.pk])
    assert [str(one) for one in waiting[0].topics.all()] == ["Better"]


def test_the_history_of_a_paper_tells_who_decided(admin_client: Client, waiting: list[Paper]) -> None:
    post(admin_client, "hide", waiting[0])
    change(admin_client, waiting[0], title="Renamed", desk_note="Check the proof")
    history = admin_client.get(reverse("admin:papers_paper_history", args=[waiting[0].pk]))
    for words in ("Hidden", "Renamed", "Check the proof", "admin"):
        assertContains(history, words)


def test_an_embargo_typed_into_the_form_holds_a_paper_back(admin_client: Client) -> None:
    paper = make_paper()
    change(admin_client, paper, title="Secret", embargo_until_0="2090-01-01", embargo_until_1="08:00")
    paper.refresh_from_db()
    assert (paper.state, paper.embargo_until is not None) == ("pending", True)
    assert order(admin_client, "trend") == []


def test_hostile_words_in_the_queue_are_text(admin_client: Client) -> None:
    make_paper("<script>alert(1)</script>", abstract="<img src=x>", state="pending", desk_note="<b>x</b>")
    answer = admin_client.get(QUEUE)
    for words in ("<script>alert(1)", "<img src=x>", "<b>x</b>"):
        assertNotContains(answer, words)


def test_who_may_only_look_decides_nothing(staff: Login, waiting: list[Paper]) -> None:
    client = staff("papers.view_paper")
    assert client.get(QUEUE).status_code == 200
    assert post(client, "approve", waiting[0]).status_code == 403
    decision = decide(Paper.objects.all(), kind=Kind.APPROVED, user_id=None, now=now())
    assert decision is not None
    assert client.post(reverse("admin:papers_decision_undo_decision", args=[decision.pk])).status_code == 403
    assert client.post(IMPORT).status_code == 403


def upload(client: Client, text: str, kind: str = "csv", **asked: Any) -> Any:
    file = SimpleUploadedFile("papers.csv", text.encode())
    return client.post(IMPORT, {"file": file, "kind": kind, **asked}, follow=True)


def test_a_file_is_checked_before_it_is_stored(admin_client: Client) -> None:
    table = "title,votes\nGrasping,3\n,4\n"
    assertContains(upload(admin_client, table), "1 paper")
    assert not Paper.objects.exists()
    assert not ImportRun.objects.exists()
    assertContains(upload(admin_client, table, store="on", pending="on"), "Stored: 1 new, 0 changed, 1 rejected.")
    assert Paper.objects.get().state == "pending"


def test_a_file_that_is_no_such_file_is_told(admin_client: Client) -> None:
    answer = upload(admin_client, "not json at all", kind="json", store="on")
    assert answer.status_code == 200
    assertContains(answer, "Trouble")
    assert not Paper.objects.exists()


@pytest.mark.parametrize(
    ("action", "kind"), [("export_csv", "csv"), ("export_json", "json"), ("export_bibtex", "bibtex")]
)
def test_what_is_exported_comes_back_by_import(admin_client: Client, action: str, kind: str) -> None:
    paper = make_paper("Größer grasping", authors=["Ada Jones", "Bo Li"], arxiv_id="2607.00001", votes=3)
    chosen = {"action": action, "_selected_action": [paper.pk]}
    answer = admin_client.post(reverse("admin:papers_paper_changelist"), chosen)
    assert "attachment" in answer.headers["Content-Disposition"]
    Paper.objects.all().delete()
    upload(admin_client, answer.content.decode(), kind=kind, store="on")
    back = Paper.objects.get()
    assert (back.title, back.authors[0], back.arxiv_id) == ("Größer grasping", "Ada Jones", "2607.00001")


def test_no_cell_of_an_exported_table_is_a_formula(admin_client: Client) -> None:
    paper = make_paper('=HYPERLINK("https://evil.example")')
    chosen = {"action": "export_csv", "_selected_action": [paper.pk]}
    answer = admin_client.post(reverse("admin:papers_paper_changelist"), chosen)
    assert b"'=HYPERLINK" in answer.content
