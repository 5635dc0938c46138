"""A whole way in a browser: bring papers, confirm, vote, find by meaning, pause, take the data, leave."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests
from django.utils.timezone import now
from playwright.sync_api import Page

from digest.celery import app
from digest.composing.models import Digest
from digest.papers.models import Paper
from subscriptions.models import Interest, Subscriber, Vote
from tests.conftest import Processes, SmtpSink
from tests.factories import make_paper
from tests.journeys.waiting import ADDRESS, find_link, make_due, wait_for_digest, wait_for_link, wait_until

BIBTEX = """@article{quill2026, title = {Grasping at Scale}, author = {Quill, Mara}}
@misc{other, title = {Nobody Has Listed This}, eprint = {2603.99999}}"""
LISTED = {
    "Coarse-to-Fine Control of Legged Robots": "A coarse plan is refined into motor control for walking robots.",
    "Coarse Grids for Fluid Solvers": "Coarse grids make solvers of fluids quick.",
    "Steering Image Diffusion": "We control what a diffusion model draws.",
    "Rough Plans, Precise Motion": "A robot first sketches a rough trajectory and then refines its motor commands.",
    "Grasping at Scale": "We grasp many objects with robot hands.",
    "Medieval Charters of Lübeck": "We transcribe charters of the fourteenth century.",
}


@pytest.mark.worker
@pytest.mark.browser
def test_a_reader_goes_the_whole_way(fleet: Processes, smtp_sink: SmtpSink, live_site: str, page: Page) -> None:
    for place, (title, abstract) in enumerate(LISTED.items()):
        make_paper(title, abstract=abstract, votes=place, listed_on=now().date())
    sign_up(page, live_site)
    page.goto(wait_for_link(smtp_sink, "confirm"))
    assert Subscriber.objects.get().state == Subscriber.State.PENDING
    page.get_by_role("button", name="Confirm my subscription").click()
    page.get_by_role("heading", name="You are subscribed").wait_for()
    assert Interest.objects.get(kind="paper").paper == Paper.objects.get(title="Grasping at Scale")

    own_page = wait_for_link(smtp_sink, "manage")
    page.goto(own_page)
    vote(page, live_site)
    search(page, live_site)
    pause_and_resume(page, own_page)
    assert export(page, own_page)["address"] == ADDRESS

    make_due()
    app.send_task("digest.tasks.tick")
    mail = wait_for_digest(smtp_sink)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page.goto(find_link(mail, "papers"))
    assert page.get_by_role("heading", level=1).inner_text() in LISTED
    one_click = mail["List-Unsubscribe"].strip("<>")
    page.goto(one_click)
    page.get_by_role("button", name="Unsubscribe me").wait_for()
    assert Subscriber.objects.get().state == Subscriber.State.ACTIVE
    assert requests.post(one_click, data={"List-Unsubscribe": "One-Click"}, timeout=10).status_code == 200
    assert Subscriber.objects.get().state == Subscriber.State.LEFT
    wait_until(lambda: Digest.objects.get().state == Digest.State.ACCEPTED)


def sign_up(page: Page, live_site: str) -> None:
    """The front page's one field, what is folded behind it, a pasted list and a look at what would come."""
    page.goto(live_site)
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_text("Choose topics, keywords and time").click()
    page.get_by_label("Papers you like").fill(BIBTEX)
    page.get_by_role("button", name="Show me what would come").click()
    page.get_by_role("heading", name="What would come to you").wait_for()
    assert "1 of the 2 papers you named is known here" in page.content()
    page.wait_for_timeout(1_200)
    page.get_by_role("button", name="Subscribe", exact=True).click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    assert page.get_by_role("link", name="Grasping at Scale").is_visible()
    assert "Not listed here: Nobody Has Listed This" in page.content()


def vote(page: Page, live_site: str) -> None:
    """An upvote by a reader whom the browser knows."""
    paper = Paper.objects.get(title="Grasping at Scale")
    page.goto(live_site + paper.get_absolute_url())
    page.get_by_role("button", name="Upvote").click()
    page.get_by_role("button", name="You voted").wait_for()
    assert (Vote.objects.count(), Paper.objects.get(pk=paper.pk).votes) == (1, paper.votes + 1)


def search(page: Page, live_site: str) -> None:
    """Results while typing, with one that holds neither word."""
    page.goto(f"{live_site}/search/")
    page.get_by_role("searchbox").press_sequentially("coarse control", delay=20)
    page.get_by_role("link", name="Rough Plans, Precise Motion").wait_for()
    titles = page.locator(".results h3").all_inner_texts()
    assert titles[0] == "Coarse-to-Fine Control of Legged Robots"
    assert "q=coarse%20control" in page.url


def pause_and_resume(page: Page, own_page: str) -> None:
    """A rest, and its end."""
    page.goto(own_page)
    page.get_by_role("button", name="Pause my digest").click()
    page.get_by_role("status").filter(has_text=re.compile("no digest comes until you resume")).wait_for()
    assert Subscriber.objects.get().state == Subscriber.State.PAUSED
    page.get_by_role("button", name="Resume my digest").click()
    page.get_by_role("status").filter(has_text="Resumed").wait_for()


def export(page: Page, own_page: str) -> dict[str, object]:
    """Everything held, as the file the browser saves."""
    page.goto(own_page)
    page.get_by_role("link", name="Download or erase everything").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    found: dict[str, object] = json.loads(Path(download.value.path()).read_text())
    return found
