"""Every public page, light and dark, wide and narrow: as axe sees it, as the HTML standard has it, and as a picture.

Pictures are taken where `PAPERBOY_SCREENSHOTS` names a folder for them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from subscriptions.forms import make_stamp
from tests.factories import NOW
from tests.journeys.visits import make_pages
from tests.validator import find_html_errors

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.once
# Both modes and both widths; every pair of them where pictures are wanted.
LOOKS: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 390)]
if os.environ.get("PAPERBOY_SCREENSHOTS"):
    LOOKS += [("light", 390), ("dark", 1280)]


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_page(live_site: str, page: Page) -> None:
    # Colours would still be on their way when axe looks.
    page.emulate_media(reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for name, path in make_pages().items():
        page.goto(live_site + path)
        page.evaluate(Axe().axe_script)
        for mode, width in LOOKS:
            page.emulate_media(color_scheme=mode)
            page.set_viewport_size({"width": width, "height": 900})
            take_picture(page, f"{name}-{width}-{mode}.png")
            if trouble := find_trouble(page):
                found[f"{name} {width} {mode}"] = trouble
    assert found == {}


def find_trouble(page: Page) -> list[str]:
    """What axe says of a page as it looks now, and whether it is wider than its window."""
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then((found) => found.violations)")
    trouble = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in violations]
    return trouble + ["wide"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")


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
    pages["brought along"] = client.post(paths["glass"], {"like": "yes", **choices}).content.decode()
    pages["stranger"] = Client().get("/lists/").content.decode()
    pages["glass trouble"] = client.post(paths["glass"], {"timezone": "no"}).content.decode()
    errors = find_html_errors(pages, folder=tmp_path)
    assert errors == {}, "\n".join(f"{name}: {said}" for name, said in errors.items())
