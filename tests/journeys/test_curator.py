"""A curator's week in a browser: from a listing to an approved edition whose counts add up."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.management import call_command
from django.utils.timezone import now
from playwright.sync_api import Browser, Locator, Page

from digest.composing.models import Digest, Edition
from digest.composing.periods import name_of
from digest.papers.models import Paper
from subscriptions.models import Subscriber
from tests.conftest import SmtpSink
from tests.factories import make_paper, make_subscriber, make_topic

READERS = 120
PASSWORD = "a-long-curators-pass-1"
TITLES = ("Grasping at scale", "Slow feet, fast hands", "A small proof", "Maps of sound", "Quiet networks")
ABSTRACT = "We study it with care and say what we found. " * 9
LISTING = f"new\n\nby the curators\n\n{now():%b %d}\n\n" + "\n\n".join(f"{title}\n\n{ABSTRACT}" for title in TITLES)


def take_role(name: str) -> User:
    """An account with this role; after another test's flush the role has to be made again."""
    roles: dict[str, list[str]] = import_module("digest.delivery.migrations.0002_roles").ROLES
    group, _ = Group.objects.get_or_create(name=name)
    for permission in roles[name]:
        app, codename = permission.split(".")
        group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    account = User.objects.create_user(name.lower(), f"{name.lower()}@example.org", PASSWORD, is_staff=True)
    account.groups.add(group)
    return account


def log_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/admin/login/")
    page.get_by_label("Username").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.get_by_role("heading", name="Waiting for you").wait_for()


def keep_picture(page: Page, name: str) -> None:
    """For people to look at, where a folder is named for them."""
    if folder := os.environ.get("PAPERBOY_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def drag(page: Page, row: Locator, *, above: Locator) -> None:
    """By the handle, as a hand does."""
    page.set_viewport_size({"width": 1280, "height": 2000})
    handle, target = row.locator(".cursor-move").first.bounding_box(), above.bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] + 4, target["y"] + target["height"] / 2, steps=8)
    page.mouse.move(handle["x"] + 4, target["y"] + 4, steps=8)
    page.mouse.up()


@pytest.fixture
def readers(transactional_db: None) -> list[Subscriber]:
    """Readers whose hour has just come, half of them with a topic."""
    cache.clear()
    hour = now().replace(minute=0, second=0, microsecond=0)
    slot: dict[str, Any] = {"weekday": hour.weekday(), "hour": hour.hour, "next_due_at": hour}
    topic = make_topic("Lore of grasping")
    long_ago = hour - timedelta(days=60)
    return [make_subscriber(follows=(topic,) * (n % 2), created_at=long_ago, **slot) for n in range(READERS)]


@pytest.fixture
def post_office(settings: Any, smtp_sink: SmtpSink) -> SmtpSink:
    """Mail goes to a real server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    return smtp_sink


@pytest.mark.browser
def test_a_curator_builds_previews_approves_and_watches(
    live_site: str, page: Page, readers: list[Subscriber], post_office: SmtpSink, tmp_path: Path
) -> None:
    page.set_default_timeout(10_000)
    take_role("Curator")
    log_in(page, live_site, "curator")
    import_listing(page, live_site, tmp_path / "listing.txt")
    edition = build_edition(page, live_site)
    change = f"{live_site}/admin/composing/edition/{edition.pk}"

    page.goto(f"{change}/effect/")
    page.get_by_text(f"{READERS} readers would get it").wait_for()
    keep_picture(page, "effect")
    for reader in readers[:2]:
        page.goto(f"{change}/preview/")
        page.get_by_label("A reader's number or address").fill(str(reader.pk))
        page.get_by_role("button", name="Find").click()
        page.get_by_role("definition").get_by_text(f"Reader {reader.pk}").wait_for()
        shown = page.frame_locator("iframe").get_by_text(TITLES[-1])
        assert shown.count() >= 1
    keep_picture(page, "preview")
    page.get_by_role("button", name="Send me a test").click()
    page.get_by_text("A test is on its way").wait_for()
    assert post_office.recipients == ["curator@example.org"]

    page.goto(f"{change}/approve/")
    page.get_by_text(f"{READERS} active readers will get it").wait_for()
    keep_picture(page, "approve")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("is approved").first.wait_for()
    call_command("run_tick")
    page.goto(f"{change}/change/")
    assert re.search(rf"{READERS}\s*eligible\s*=\s*{READERS}\s*accepted", page.locator(".desk-sum").inner_text())
    assert len(post_office.recipients) == READERS + 1
    assert all(digest.entries[0]["paper"] == first_pick(edition) for digest in Digest.objects.all())


def import_listing(page: Page, site: str, file: Path) -> None:
    """Check the file, then store it; its papers wait, and the queue takes them with the keyboard."""
    file.write_text(LISTING)
    for store in (False, True):
        page.goto(f"{site}/admin/papers/paper/import-file/")
        page.locator("input[type=file]").set_input_files(file)
        page.locator("select[name=kind]").select_option("listing")
        page.get_by_label("New papers wait for a curator").check()
        page.get_by_label("Store it").set_checked(store)
        page.get_by_role("button", name="Read the file").click()
        page.get_by_text(f"Stored: {len(TITLES)} new" if store else f"{len(TITLES)} papers").first.wait_for()
    page.goto(f"{site}/admin/papers/paper/incoming/")
    keep_picture(page, "incoming")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.get_by_text("1 paper approved.").wait_for()
    page.get_by_label("All shown").check()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text(f"{len(TITLES) - 1} papers approved.").wait_for()
    assert set(Paper.objects.values_list("state", flat=True)) == {"approved"}


def build_edition(page: Page, site: str) -> Edition:
    """Suggestions, then the last one dragged to the top, and words."""
    page.goto(f"{site}/admin/composing/edition/add/")
    page.locator("input[name=period]").fill(name_of(now().date(), kind="week"))
    page.locator("input[name=subject]").fill("Five that matter")
    page.get_by_text("16 letters").wait_for()
    page.locator("textarea[name=intro]").fill("Read *these* first. <script>alert(1)</script>")
    page.locator(".desk-shown em").get_by_text("these").wait_for()
    assert page.locator(".desk-shown script").count() == 0
    page.locator("button[name=_suggest]").click()
    page.get_by_text(f"Added {len(TITLES)} papers").wait_for()
    edition = Edition.objects.get()
    before = [pick.pk for pick in edition.picks.all()]
    rows = page.locator("#picks-group tbody.form-group:has(input[name$='-id'][value])")
    drag(page, rows.nth(len(before) - 1), above=rows.nth(0))
    keep_picture(page, "builder")
    page.locator("button[name=_continue]").click()
    page.get_by_text("was changed successfully").wait_for()
    after = [pick.pk for pick in edition.picks.all()]
    assert after == [before[-1], *before[:-1]]
    return edition


def first_pick(edition: Edition) -> int:
    found = edition.picks.shown().first()
    assert found is not None
    return found.paper_id


@pytest.mark.browser
def test_a_viewer_and_a_curator_are_refused_what_they_must_not_do(live_site: str, browser: Browser) -> None:
    reader = make_subscriber("ada.lovelace@example.org")
    edition = Edition.objects.create(period="2026-W32")
    paper = make_paper()
    person, drafted = f"/admin/subscriptions/subscriber/{reader.pk}", f"/admin/composing/edition/{edition.pk}"
    refused = {
        "Viewer": [f"{drafted}/approve/", f"{drafted}/cancel/", f"{person}/unsubscribe/", "/admin/auth/user/"],
        "Curator": [f"{person}/erase/", f"{person}/unsubscribe/", "/admin/auth/user/", "/admin/subscriptions/notice/"],
    }
    for name, pages in refused.items():
        take_role(name)
        context = browser.new_context()
        page = context.new_page()
        log_in(page, live_site, name.lower())
        for path in [*pages, "/admin/subscriptions/subscriber/export-table/"]:
            answer = page.goto(live_site + path)
            assert answer is not None
            assert answer.status == 403, (name, path)
        for path in (
            "/admin/subscriptions/subscriber/",
            f"{person}/change/",
            f"/admin/papers/paper/{paper.pk}/change/",
        ):
            page.goto(live_site + path)
            assert "lovelace" not in page.content()
        context.close()
