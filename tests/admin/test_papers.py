"""Curators add, find, edit and decide about papers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from digest.papers.models import Paper, Topic
from digest.papers.votes import trend_of
from tests.admin.conftest import Login
from tests.factories import make_paper, make_topic

pytestmark = pytest.mark.django_db
LIST = reverse("admin:papers_paper_changelist")


def typed(**values: Any) -> dict[str, Any]:
    """What a browser sends for a paper's form."""
    empty = dict.fromkeys(("abstract", "authors", "categories", "keywords", "arxiv_id", "doi", "url"), "")
    counts = {"votes": 0, "comments": 0, "stars": 0}
    return empty | counts | {"title": "A paper", "listed_on": "2026-08-03"} | values


def add(client: Client, **values: Any) -> Any:
    return client.post(reverse("admin:papers_paper_add"), typed(**values))


def change(client: Client, paper: Paper, **values: Any) -> Any:
    return client.post(reverse("admin:papers_paper_change", args=[paper.pk]), typed(**values))


def test_lists_are_typed_one_per_line(admin_client: Client) -> None:
    assert add(admin_client, authors="Ada Jones\n\n  Li   Wei \r\nAda Jones", categories="cs.RO").status_code == 302
    paper = Paper.objects.get()
    assert (paper.authors, paper.categories, paper.keywords) == (["Ada Jones", "Li Wei"], ["cs.RO"], [])
    assertContains(admin_client.get(reverse("admin:papers_paper_change", args=[paper.pk])), "Ada Jones\nLi Wei")


def test_a_typed_paper_gets_what_imports_compute(admin_client: Client) -> None:
    add(admin_client, title="  Grasping\x07: a\tSTUDY ", votes=31, categories="cs.RO")
    paper = Paper.objects.get()
    assert (paper.title, paper.title_key) == ("Grasping: a STUDY", "grasping a study")
    assert paper.trend == trend_of(votes=31, listed_on=date(2026, 8, 3))
    assert paper.source is not None
    assert (paper.source.kind, [topic.slug for topic in paper.topics.all()]) == ("manual", ["robotics"])


def test_names_are_read_from_addresses(admin_client: Client) -> None:
    add(admin_client, arxiv_id="https://arxiv.org/abs/2603.01234v2", doi="https://doi.org/10.1000/ABC")
    assert Paper.objects.values_list("arxiv_id", "doi").get() == ("2603.01234", "10.1000/abc")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("arxiv_id", "12", "An arXiv id is written like"),
        ("doi", "abc", "A DOI begins with 10."),
        ("url", "http://example.org", "start with https://"),
        ("title", "\u202e", "A paper needs a title."),
    ],
)
def test_a_wrong_value_is_explained(admin_client: Client, field: str, value: str, sentence: str) -> None:
    assertContains(add(admin_client, **{field: value}), sentence)
    assert not Paper.objects.exists()


def test_two_papers_may_both_have_no_names(admin_client: Client) -> None:
    add(admin_client, title="One")
    add(admin_client, title="Two")
    assert list(Paper.objects.values_list("arxiv_id", "doi")) == [(None, None), (None, None)]


def test_state_is_changed_by_buttons_and_not_by_fields(admin_client: Client) -> None:
    paper = make_paper()
    change(admin_client, paper, state="hidden", withdrawn_at_0="2026-08-03", withdrawn_at_1="10:00")
    paper.refresh_from_db()
    assert (paper.state, paper.withdrawn_at) == ("approved", None)
    change(admin_client, paper, title="Renamed", papers_paper_hide_this="")
    paper.refresh_from_db()
    assert (paper.title, paper.state) == ("Renamed", "hidden")


def test_a_withdrawal_can_be_undone(admin_client: Client) -> None:
    paper = make_paper()
    change(admin_client, paper, papers_paper_withdraw_this="")
    paper.refresh_from_db()
    assert paper.withdrawn_at is not None
    change(admin_client, paper, papers_paper_restore_this="")
    paper.refresh_from_db()
    assert paper.withdrawn_at is None


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("approve_selected", "2 papers approved. 1 was so already."),
        ("hide_selected", "3 papers hidden."),
        ("withdraw_selected", "3 papers marked as withdrawn."),
    ],
)
def test_many_papers_are_decided_at_once(admin_client: Client, action: str, sentence: str) -> None:
    papers = [make_paper(state="pending"), make_paper(state="pending"), make_paper()]
    chosen = {"action": action, "_selected_action": [paper.pk for paper in papers]}
    assertContains(admin_client.post(LIST, chosen, follow=True), sentence)


def test_only_who_may_change_papers_may_decide(staff: Login) -> None:
    paper, viewer = make_paper(), staff("papers.view_paper")
    viewer.post(LIST, {"action": "hide_selected", "_selected_action": [paper.pk]})
    assert change(viewer, paper, papers_paper_hide_this="").status_code == 403
    paper.refresh_from_db()
    assert paper.state == "approved"


@pytest.mark.parametrize("words", ["grasp", "jürgen GRASP", "2603.0", "10.1000/x", '"a study"', "schmidt"])
def test_a_paper_is_found_by_title_author_and_names(admin_client: Client, words: str) -> None:
    make_paper("Grasping, a study", authors=["Jürgen Schmidt"], arxiv_id="2603.01234", doi="10.1000/xyz")
    make_paper("Something else")
    found = admin_client.get(LIST, {"q": words}).context["cl"].queryset
    assert [paper.title for paper in found] == ["Grasping, a study"]


def test_topics_keep_the_order_they_were_dragged_into(admin_client: Client) -> None:
    first, second = make_topic("First", position=0), make_topic("Second", position=1)
    rows = {"form-0-id": first.pk, "form-0-position": 1, "form-1-id": second.pk, "form-1-position": 0}
    counts = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    admin_client.post(reverse("admin:papers_topic_changelist"), rows | counts)
    dragged = Topic.objects.filter(pk__in=[first.pk, second.pk])
    assert list(dragged.values_list("name", flat=True)) == ["Second", "First"]
