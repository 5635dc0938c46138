"""The Atom feeds are well-formed whatever the papers hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client

from digest.papers.models import Paper
from tests.web.fixtures import make_paper, make_topic

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def titles(client: Client, url: str) -> list[str | None]:
    response = client.get(url)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    root = ET.fromstring(response.content)
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


def test_the_feed_brings_new_papers_first_and_links_to_their_pages(client: Client) -> None:
    paper = make_paper("First & Foremost", authors=["Mara Quill"])
    make_paper("Second")
    make_paper("Kept back", state=Paper.State.HIDDEN)
    assert titles(client, "/feed/") == ["Second", "First & Foremost"]
    assert f"{settings.SITE_URL}/papers/{paper.pk}/" in client.get("/feed/").content.decode()


def test_a_topic_has_a_feed_of_its_own(client: Client) -> None:
    make_paper("Arms").topics.add(make_topic())
    make_paper("Verse")
    assert titles(client, "/feed/slow-robots/") == ["Arms"]


@pytest.mark.parametrize("slug", ["alchemy", "%00", "é"])
def test_an_unknown_topic_has_no_feed(client: Client, slug: str) -> None:
    assert client.get(f"/feed/{slug}/").status_code == 404


def test_hostile_text_stays_text_in_a_feed(client: Client) -> None:
    make_paper("Bad \x01 <b>title</b>", abstract="<script>alert(1)</script> \x08 \x0c", authors=["A \x1b B"])
    assert titles(client, "/feed/") == ["Bad <b>title</b>"]
    assert "<script" not in client.get("/feed/").content.decode()
    assert "&amp;lt;script" in client.get("/feed/").content.decode()
