"""Curators compare two papers side by side, choose field by field, and can take it back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from digest.papers.models import Decision, Paper
from tests.admin.conftest import Login
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


def page_of(paper: Paper) -> str:
    return reverse("admin:papers_paper_merge", args=[paper.pk])


def test_two_are_chosen_in_the_queue_compared_merged_and_parted(admin_client: Client) -> None:
    kept, other = (make_paper("Grasping <i>", state="pending", venue=venue) for venue in ("", "ICRA"))
    queue = reverse("admin:papers_paper_incoming")
    asked = admin_client.post(queue, {"decision": "merge", "paper": [other.pk, kept.pk]}, follow=True)
    assertContains(asked, "Keep the other one instead")
    assertNotContains(asked, "Grasping <i>")
    typed = {"with": other.pk, "version": asked.context["version"], "venue": "theirs"}
    answer = admin_client.post(page_of(kept), typed, follow=True)
    assertContains(answer, "2 papers merged.")
    assert Paper.objects.get(pk=kept.pk).venue == "ICRA"
    admin_client.post(reverse("admin:papers_decision_undo_decision", args=[Decision.objects.get().pk]))
    assert list(Paper.objects.order_by("pk").values_list("venue", "state")) == [("", "pending"), ("ICRA", "pending")]


def test_a_page_older_than_the_papers_merges_nothing(admin_client: Client) -> None:
    kept, other = make_paper(), make_paper()
    asked = admin_client.get(page_of(kept), {"with": other.pk})
    other.title = "Renamed meanwhile"
    other.save()
    typed = {"with": other.pk, "version": asked.context["version"]}
    assertContains(admin_client.post(page_of(kept), typed, follow=True), "nothing was merged")
    assert not Decision.objects.exists()


@pytest.mark.parametrize("typed", ["7", "https://arxiv.org/abs/2603.00009v2", "10.1000/9", "a TWIN", "Missing", "'--"])
def test_the_other_paper_is_found_by_any_of_its_names(admin_client: Client, typed: str) -> None:
    kept, other = make_paper("Kept"), make_paper("A twin", pk=7, arxiv_id="2603.00009", doi="10.1000/9")
    answer = admin_client.get(page_of(kept), {"with": typed})
    found = answer.context["other"]
    assert found == (other if typed not in {"Missing", "'--"} else None)


def test_likely_twins_are_offered_and_viewers_are_refused(staff: Login, admin_client: Client) -> None:
    kept, twin = make_paper("Maps of sound"), make_paper("Maps of  Sound!", title_key="maps of sound")
    assertContains(admin_client.get(page_of(kept)), f"?with={twin.pk}")
    viewer = staff("papers.view_paper")
    assert viewer.get(page_of(kept)).status_code == 403
    assert viewer.post(page_of(kept), {"with": twin.pk}).status_code == 403
