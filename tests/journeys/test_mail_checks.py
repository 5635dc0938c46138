"""Every kind of mail before the checkers: the HTML standard, axe in light and dark, SpamAssassin, and our own budget.

`make check-mail` runs them over two hundred readers; CHECK_READERS says how many, and CHECK_PAPERS names files of
papers (listings or Hugging Face's days) to make the digests of.
"""

from __future__ import annotations

import mailbox
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.test import override_settings
from playwright.sync_api import Browser

from digest.rendering.budget import LIMIT
from digest.rendering.cleaning import width_of
from digest.rendering.plaintext import COLUMNS
from tests.journeys.readership import SentMail, make_mails
from tests.validator import find_html_errors

FEW = 4
READERS = int(os.environ.get("CHECK_READERS", FEW))
PAPERS = [Path(name) for name in os.environ.get("CHECK_PAPERS", "").split()]
MOST_POINTS = 1.0
# The mail is the same wherever its rows were.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
# What pages have left behind and Outlook's Word engine cannot do without; and what the checker has not heard of yet.
MAIL_NEEDS = re.compile(
    "The “(cellpadding|cellspacing|border|width)” attribute on the “table” element is obsolete"
    "|The “(align|bgcolor)” attribute on the “td” element is obsolete"
    "|xmlns:o|“(color-scheme|supported-color-schemes|mso-[a-z-]+)”: Property|The value “break-word” is deprecated"
)
# What a thumb goes for on a phone; a link within a text, or one to be copied, is as high as its lines.
LEAST_TARGET = 44
LOW_LINKS = """least => [...document.querySelectorAll('a')]
    .filter(link => !link.closest('.body, .action + p'))
    .filter(link => link.getBoundingClientRect().height < least).map(link => link.textContent)"""
# A mail is shown inside a page, which has these itself.
OF_WHOLE_PAGES = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}


@pytest.fixture(scope="module")
def mails(django_db_setup: None, django_db_blocker: Any) -> list[SentMail]:
    """A readership's mail; of the database nothing stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(SITE_URL="https://papers.example.org"):
            made = make_mails(readers=READERS, files=PAPERS)
        transaction.set_rollback(True)
    return made


def choose(mails: list[SentMail]) -> list[SentMail]:
    """All where many were asked for; else one of each look, the smallest: these checkers are slow."""
    by_size = sorted(mails, key=lambda mail: len(mail.raw), reverse=True)
    return mails if READERS > FEW else list({mail.look: mail for mail in by_size}.values())


def test_every_mail_is_valid_html_but_for_what_mail_needs(mails: list[SentMail], tmp_path: Path) -> None:
    pages = {mail.name: mail.part("html") for mail in choose(mails)}
    found = find_html_errors(pages, folder=tmp_path)
    wrong = {
        name: rest for name, said in found.items() if (rest := [line for line in said if not MAIL_NEEDS.search(line)])
    }
    assert wrong == {}
    print(f"{len(pages)} mails are valid HTML")  # noqa: T201 (figures for who runs this by hand)


@pytest.mark.browser
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("mode", "width"), [("light", 800), ("dark", 390)])
def test_axe_finds_nothing_in_any_mail(mails: list[SentMail], browser: Browser, mode: Any, width: int) -> None:
    context = browser.new_context(color_scheme=mode, viewport={"width": width, "height": 900})
    page, axe, found = context.new_page(), Axe(), {}
    looked_at = choose(mails)
    for mail in looked_at:
        page.set_content(mail.part("html"))
        violations = axe.run(page, options={"rules": OF_WHOLE_PAGES}).response["violations"]
        trouble = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in violations]
        trouble += ["wide"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if width < 600:
            trouble += [f"low: {link}" for link in page.evaluate(LOW_LINKS, LEAST_TARGET)]
        if mode == "light":
            # Outlook.com has a dark mode of its own, and marks what it recolours so.
            page.evaluate("for (const name of ['data-ogsc', 'data-ogsb']) document.body.setAttribute(name, '')")
            pale = axe.run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
            trouble += [f"Outlook.com: {item['nodes'][0]['html'][:120]}" for item in pale]
        if trouble:
            found[mail.name] = trouble
    context.close()
    assert found == {}
    print(f"axe finds nothing in {len(looked_at)} mails, {mode}, {width} px")  # noqa: T201 (as above)


@pytest.mark.timeout(1800)
def test_no_mail_smells_of_spam(mails: list[SentMail], tmp_path: Path) -> None:
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("SpamAssassin is not installed (Debian: apt install spamassassin).")
    box = mailbox.mbox(tmp_path / "box")
    looked_at = choose(mails)
    for mail in looked_at:
        box.add(mail.raw)
    box.close()
    # Local rules alone: nothing is looked up, and what it may learn goes into a folder of its own.
    command = [program, "--local", "--mbox", "--siteconfigpath=/etc/spamassassin", f"--prefspath={tmp_path / 'prefs'}"]
    judged = subprocess.run(
        [*command, str(tmp_path / "box")], capture_output=True, check=True, env=os.environ | {"HOME": str(tmp_path)}
    )
    verdicts = [
        b" ".join(found.split()).decode() for found in re.findall(rb"(?ms)^X-Spam-Status: (.*?)^\S", judged.stdout)
    ]
    points = {
        mail.name: float(said.partition("score=")[2].split()[0]) for mail, said in zip(looked_at, verdicts, strict=True)
    }
    assert max(points.values()) <= MOST_POINTS, [said for said in verdicts if "HTML_MESSAGE" in said]
    print(f"SpamAssassin gives {len(points)} mails at most {max(points.values())} points")  # noqa: T201 (as above)


def test_both_parts_of_every_digest_tell_of_the_same_papers_within_the_budget(mails: list[SentMail]) -> None:
    largest = 0
    for mail in mails:
        html, text = mail.part("html"), mail.part("plain")
        titles = [unescape(re.sub("<[^>]+>", "", title)) for title in re.findall(r"<h3.*?</h3>", html)]
        flat = "".join(text.split())
        places = [flat.index("".join(title.split())) for title in titles]
        assert places == sorted(places), mail.name
        wide = [
            line for line in text.split("\n") if width_of(line) > COLUMNS and not re.fullmatch(r"[ |]*\S*://\S*", line)
        ]
        assert not wide, mail.name
        numbers = [int(number) for number in re.findall(r"^\[(\d+)\] ", text, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)), mail.name
        encoded = mail.raw.split(b"Content-Type: text/html", 1)[1]
        largest = max(largest, len(encoded), len(html.encode()))
    assert largest <= LIMIT
    print(f"the largest of {len(mails)} mails takes {largest:,} bytes")  # noqa: T201 (as above)
