"""Curators build, preview, approve and take back editions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.models import Digest, Edition, Pick
from digest.papers.models import Paper
from tests.admin.conftest import Login
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
ADD = reverse("admin:composing_edition_add")


def page(edition: Edition, name: str) -> str:
    return reverse(f"admin:composing_edition_{name}", args=[edition.pk])


def typed(*picks: Pick, **values: Any) -> dict[str, Any]:
    """What a browser sends for an edition's form, with these picks in this order."""
    words = dict.fromkeys(("title", "subject", "preheader", "intro", "curator_name"), "")
    words |= {"kind": "week", "period": "2026-W32"}
    rows: dict[str, Any] = {"picks-TOTAL_FORMS": len(picks), "picks-INITIAL_FORMS": len(picks)}
    rows |= {"caps-TOTAL_FORMS": 0, "caps-INITIAL_FORMS": 0}
    for place, pick in enumerate(picks):
        cells = {
            "id": pick.pk,
            "edition": pick.edition_id,
            "paper": pick.paper_id,
            "note": pick.note,
            "section": pick.section,
            "position": place,
        }
        rows |= {f"picks-{place}-{name}": value for name, value in cells.items()}
    return words | rows | values


def test_the_form_offers_the_coming_week(admin_client: Client) -> None:
    year, number, _ = localdate().isocalendar()
    offered = admin_client.get(ADD).context["adminform"].form.initial
    assert offered["kind"] == "week"
    assert offered["period"] > f"{year}-W{number:02}"


@pytest.mark.parametrize("period", ["2026-W54", "2026-W00", "next week", "2026-08", "2026-08-03", "26-W32"])
def test_a_week_that_does_not_exist_is_explained(admin_client: Client, period: str) -> None:
    assertContains(admin_client.post(ADD, typed(period=period)), "A week is written like 2026-W32")
    assert not Edition.objects.exists()


def test_a_period_is_stored_as_the_flow_names_it(admin_client: Client) -> None:
    admin_client.post(ADD, typed(period=" 2026-w5 "))
    assert Edition.objects.get().period == "2026-W05"


def test_a_second_edition_for_a_period_is_refused(admin_client: Client, week: Edition) -> None:
    assertContains(admin_client.post(ADD, typed()), "There is an edition for this period already.")


def test_rows_keep_the_order_they_were_dragged_into(admin_client: Client, week: Edition) -> None:
    first, second, third = week.picks.all()
    assert admin_client.post(page(week, "change"), typed(third, first, second)).status_code == 302
    assert [pick.pk for pick in week.picks.all()] == [third.pk, first.pk, second.pk]


def test_suggestions_keep_what_was_typed_and_fill_up(admin_client: Client, settings: Any, week: Edition) -> None:
    settings.DIGEST_SIZE = 4
    make_paper("Best of the rest", listed_on="2026-07-31", trend=50.0)
    make_paper("Next", listed_on="2026-07-31", trend=40.0)
    answer = admin_client.post(page(week, "change"), typed(*week.picks.all(), title="New", _suggest=""), follow=True)
    assertContains(answer, "Added 1 paper, best trending first.")
    week.refresh_from_db()
    assert (week.title, str(week.picks.last())) == ("New", "Best of the rest")


def test_suggestions_work_on_a_new_edition(admin_client: Client) -> None:
    make_paper("One", listed_on="2026-07-31")
    admin_client.post(ADD, typed(_suggest=""))
    assert [str(pick) for pick in Edition.objects.get().picks.all()] == ["One"]


def test_approving_asks_first_and_names_the_audience(admin_client: Client, week: Edition) -> None:
    make_subscriber()
    make_subscriber()
    assertContains(admin_client.get(page(week, "approve_edition")), "2 active readers will get it")
    week.refresh_from_db()
    assert week.state == "draft"


def test_approving_twice_is_harmless(admin_client: Client, week: Edition) -> None:
    admin_client.post(page(week, "approve_edition"))
    first = Edition.objects.get().approved_at
    assertContains(admin_client.post(page(week, "approve_edition"), follow=True), "was approved already")
    week.refresh_from_db()
    assert (week.state, week.approved_at, week.approved_by) == ("approved", first, admin_client_user(admin_client))
    assert LogEntry.objects.count() == 1


def admin_client_user(client: Client) -> Any:
    return client.get(reverse("admin:index")).context["user"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"state": "hidden"}, "is hidden"),
        ({"withdrawn_at": NOW}, "was withdrawn"),
        ({"state": "pending"}, "still waits"),
    ],
)
def test_papers_nobody_may_get_stop_an_approval(
    admin_client: Client, week: Edition, fault: dict[str, Any], sentence: str
) -> None:
    Paper.objects.filter(title="Pick number 1").update(**fault)
    assertContains(admin_client.get(page(week, "approve_edition")), f"“Pick number 1” {sentence}")
    assertContains(admin_client.post(page(week, "approve_edition"), follow=True), sentence)
    week.refresh_from_db()
    assert week.state == "draft"


def test_an_empty_edition_cannot_be_approved(admin_client: Client) -> None:
    empty = Edition.objects.create(period="2026-W33")
    assertContains(admin_client.post(page(empty, "approve_edition"), follow=True), "It has no papers yet.")


def test_an_approved_edition_is_read_only_until_it_is_taken_back(admin_client: Client, week: Edition) -> None:
    admin_client.post(page(week, "approve_edition"))
    assert admin_client.post(page(week, "change"), typed(title="Changed")).status_code == 403
    assertContains(admin_client.get(page(week, "change")), "take it back to draft first")
    admin_client.post(page(week, "reopen_edition"))
    assert admin_client.post(page(week, "change"), typed(*week.picks.all(), title="Changed")).status_code == 302


def test_a_running_edition_says_so_and_adds_up(admin_client: Client, week: Edition) -> None:
    Edition.objects.update(state="approved", approved_at=NOW, frozen_at=NOW)
    window = {"period": "2026-W32", "first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    for state in ("delivered", "refused", "planned"):
        Digest.objects.create(subscriber=make_subscriber(), edition=week, state=state, **window)
    answer = admin_client.get(page(week, "change"))
    assertContains(answer, "nothing here can change any more")
    assertContains(answer, "<b>3</b> eligible", html=True)
    admin_client.post(page(week, "reopen_edition"))
    week.refresh_from_db()
    assert week.state == "approved"


def test_a_running_edition_can_be_paused_and_go_on(admin_client: Client, week: Edition) -> None:
    Edition.objects.update(state="approved", approved_at=NOW, frozen_at=NOW)
    assertContains(admin_client.get(page(week, "pause_edition")), "cannot be called back")
    assertContains(admin_client.post(page(week, "pause_edition"), follow=True), "By admin.")
    admin_client.post(page(week, "resume_edition"))
    week.refresh_from_db()
    assert week.paused_at is None


def test_a_preview_escapes_hostile_words_and_changes_nothing(admin_client: Client, week: Edition) -> None:
    Paper.objects.filter(title="Pick number 0").update(title="<script>alert(1)</script>", abstract="<img src=x>")
    Edition.objects.update(intro="Hello **you** <b>x</b>", title="Hands & eyes")
    before = Edition.objects.values().get()
    answer = admin_client.get(page(week, "preview"))
    assertContains(answer, 'sandbox="allow-popups allow-popups-to-escape-sandbox"')
    # Escaped once for the mail and once more for the frame's attribute.
    assertContains(answer, "&amp;lt;script&amp;gt;alert(1)")
    assertContains(answer, "Hands &amp;amp; eyes")
    assertNotContains(answer, "<script>alert(1)")
    assertNotContains(answer, "<img src=x")
    assert Edition.objects.values().get() == before


@pytest.mark.parametrize("name", ["approve_edition", "reopen_edition", "pause_edition", "resume_edition"])
def test_a_viewer_may_not_decide(staff: Login, week: Edition, name: str) -> None:
    viewer = staff("composing.view_edition")
    assert viewer.get(page(week, name)).status_code == 403
    assert viewer.post(page(week, name)).status_code == 403
    assert viewer.get(page(week, "preview")).status_code == 200


def test_only_papers_that_may_be_sent_are_offered_as_picks(admin_client: Client) -> None:
    make_paper("Fine grasp")
    make_paper("Hidden grasp", state="hidden")
    asked = {"app_label": "composing", "model_name": "pick", "field_name": "paper", "term": "grasp"}
    answer = admin_client.get(reverse("admin:autocomplete"), asked)
    assert [row["text"] for row in answer.json()["results"]] == ["Fine grasp"]


def test_a_forged_approval_is_refused(week: Edition, admin_user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(page(week, "approve_edition")).status_code == 403
