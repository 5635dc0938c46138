"""Every public page, light and dark, wide and narrow: as axe sees it, as the HTML standard has it, and as a picture.

Pictures are taken where `PAPERBOY_SCREENSHOTS` names a folder for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page

from subscriptions.forms import make_stamp
from tests.factories import NOW
from tests.journeys.visits import make_pages
from tests.validator import find_html_errors

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.once
# Both modes and both widths; every pair of them where pictures are wanted.
LOOKS = [("light", 1280), ("dark", 390)]
if os.environ.get("PAPERBOY_SCREENSHOTS"):
    LOOKS += [("light", 390), ("dark", 1280)]


@contextmanager
def open_page(browser: Browser, *, mode: Any, width: int) -> Iterator[Page]:
    """A page of a browser with nothing remembered, of one look."""
    context = browser.new_context(color_scheme=mode, viewport={"width": width, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("mode", "width"), LOOKS)
def test_axe_finds_nothing_on_any_page(live_site: str, browser: Browser, mode: str, width: int) -> None:
    found: dict[str, list[str]] = {}
    with open_page(browser, mode=mode, width=width) as page:
        for name, path in make_pages().items():
            page.goto(live_site + path)
            take_picture(page, f"{name}-{width}-{mode}.png")
            violations = Axe().run(page).response["violations"]
            trouble = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in violations]
            trouble += ["wide"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")
            if trouble:
                found[name] = trouble
    assert found == {}


def take_picture(page: Page, name: str) -> None:
    """The whole page as a file, where somebody wants to look at it."""
    if folder := os.environ.get("PAPERBOY_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / name), full_page=True)


@pytest.mark.django_db
def test_every_page_is_valid_html(client: Client, tmp_path: Path) -> None:
    paths = make_pages()
    pages = {name: client.get(path).content.decode() for name, path in paths.items()}
    choices = {"email": "eve@example.org", "stamp": make_stamp(now=NOW), "liked": "2603.01234\nUnknown"}
    pages["signup trouble"] = client.post("/subscribe/", {"email": "no", "topics": "no"}).content.decode()
    pages["signup too old"] = client.post("/subscribe/", choices).content.decode()
    pages["preview"] = client.post("/subscribe/preview/", choices).content.decode()
    pages["manage trouble"] = client.post("/manage/", {"email": "no"}).content.decode()
    pages["stranger"] = Client().get("/lists/").content.decode()
    pages["glass trouble"] = client.post(paths["glass"], {"timezone": "no"}).content.decode()
    errors = find_html_errors(pages, folder=tmp_path)
    assert errors == {}, "\n".join(f"{name}: {said}" for name, said in errors.items())
