"""Every public page, light and dark, wide and narrow, as axe sees it."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from digest.composing.models import Edition, Pick
from subscriptions.models import Interest
from subscriptions.shelves import save_paper
from subscriptions.tokens import make_leave_token, make_manage_token
from tests.factories import NOW, make_digest, make_paper, make_subscriber, make_topic, path_in


def paths() -> list[str]:
    """One address of every kind of page."""
    topic = make_topic("Robots")
    paper = make_paper("Sorting in $O(n^2)$", abstract="We sort and grip.", authors=["Mara Quill"], topics=(topic,))
    person = make_subscriber("ada@example.org", follows=(topic,))
    Interest.objects.create(subscriber=person, kind="keyword", text="sorting", weight=-1)
    edition = Edition.objects.create(kind="week", period="2026-W31", state="approved", approved_at=NOW, title="One")
    Pick.objects.create(edition=edition, paper=paper, note="Read this.")
    digest = make_digest(person, paper, reasons=[{"kind": "topic", "number": topic.pk}])
    own = f"/manage/{make_manage_token(person.pk, version=1)}/"
    shelf = save_paper(person=person, paper_id=paper.pk, now=NOW)
    said = [path_in(digest, f"{paper.pk}/{rest}") for rest in ("", "more/", "reason/0/")]
    return [
        own, f"{own}mails/", f"{own}data/", "/lists/", f"/lists/{shelf.key}/", "/suggest/", paper.get_absolute_url(),
        "/", "/papers/day/2026-08-03/", "/search/?q=sorting", "/search/?q=%22nothing+at+all%22", "/editions/",
        "/editions/2026-W31/", "/subscribe/", "/manage/", f"/leave/{make_leave_token(person.pk)}/", "/no/such/page/",
        *said,
    ]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("mode", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_page(live_site: str, browser: Browser, mode: Any, width: int) -> None:
    context = browser.new_context(color_scheme=mode, viewport={"width": width, "height": 900})
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for path in paths():
        page.goto(live_site + path)
        violations = Axe().run(page).response["violations"]
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if trouble := [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in violations] + ["wide"] * too_wide:
            found[path] = trouble
    context.close()
    assert found == {}
