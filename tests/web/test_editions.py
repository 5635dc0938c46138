"""The archive shows approved editions only, and every feed comes in three forms."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.test import Client

from digest.composing.models import Digest, Edition, Pick
from subscriptions.models import Subscriber
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def monday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def make_edition(period: str = "2026-W32", **values: Any) -> Edition:
    defaults = {"state": Edition.State.APPROVED, "approved_at": NOW, "title": "Slow hands"}
    edition = Edition.objects.create(kind="week", period=period, **defaults | values)
    Pick.objects.create(edition=edition, paper=make_paper("Grip"), note="Read this.")
    return edition


def test_an_edition_has_a_public_page(client: Client) -> None:
    make_edition(intro="Our *week*. <script>x</script>")
    archive = client.get("/editions/").content.decode()
    assert "Slow hands" in archive
    assert "Week 32, 3 to 9 August 2026 · 1 paper" in archive
    text = client.get("/editions/2026-W32/").content.decode()
    assert "<em>week</em>" in text
    assert "<script>x" not in text
    assert "Read this." in text


@pytest.mark.parametrize("values", [{"state": "draft"}, {"period": "2026-W40"}])
def test_drafts_and_editions_to_come_are_not_public(client: Client, values: dict[str, Any]) -> None:
    edition = make_edition(**values)
    assert client.get(f"/editions/{edition.period}/").status_code == 404
    assert client.get(f"/editions/{edition.period}.rss").status_code == 404
    assert "No editions yet" in client.get("/editions/").content.decode()


@pytest.mark.parametrize("name", ["x", "²", "2026-W99", "a" * 3000, "%00"])
def test_odd_names_are_not_found(client: Client, name: str) -> None:
    for path in (f"/editions/{name}/", f"/editions/{name}.atom", f"/my-feed/{name}.atom"):
        assert client.get(path).status_code == 404


def test_feeds_come_as_atom_rss_and_json(client: Client) -> None:
    make_edition()
    make_paper("Robot", topics=(make_topic("Robots"),))
    assert 'href="/feed/robots.rss"' in client.get("/?topic=robots").content.decode()
    assert 'href="/editions/2026-W32.json"' in client.get("/editions/2026-W32/").content.decode()
    for base in ("/feed", "/feed/robots", "/editions/2026-W32"):
        assert ET.fromstring(client.get(f"{base}.atom").content).tag.endswith("feed")
        assert ET.fromstring(client.get(f"{base}.rss").content).tag == "rss"
        assert client.get(f"{base}.json").json()["version"].endswith("1.1")
        assert client.get(f"{base}.exe").status_code == 404


def test_a_readers_own_feed_holds_what_their_digests_held(client: Client) -> None:
    person = make_subscriber()
    entries = [{"paper": make_paper("Sent").pk, "reasons": []}]
    days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    Digest.objects.create(subscriber=person, period="2026-W32", state="accepted", entries=entries, **days)
    make_paper("Not sent")
    answer = client.get(f"/my-feed/{person.feed_key}.json")
    assert [item["title"] for item in answer.json()["items"]] == ["Sent"]
    assert "no-store" in answer["Cache-Control"]
    assert "example.org" not in answer.content.decode()
    Subscriber.objects.update(state=Subscriber.State.LEFT)
    assert client.get(f"/my-feed/{person.feed_key}.json").status_code == 404
