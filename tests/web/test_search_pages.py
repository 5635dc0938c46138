"""Search finds by words, names and meaning, says why, and answers whatever is typed with a page."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.web.highlights import cut_snippet, mark_words
from tests.web.fixtures import FRIDAY, make_paper, make_topic

pytestmark = pytest.mark.django_db


def text_of(client: Client, **query: str) -> str:
    answer = client.get("/search/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_words_find_papers_and_are_marked(client: Client) -> None:
    make_paper("Slow Grippers", abstract="A gripper that <b>grips</b> slowly.")
    make_paper("Verse", abstract="Poems about the sea.")
    text = text_of(client, q="gripper")
    assert "Slow <mark>Grippers</mark>" in text
    assert "&lt;b&gt;<mark>grips</mark>" in text or "<mark>gripper</mark>" in text
    assert "<b>" not in text
    assert "Holds your words" in text


def test_an_id_leads_to_its_paper(client: Client) -> None:
    make_paper("Named", arxiv_id="2607.00001")
    make_paper("Other")
    text = text_of(client, q="https://arxiv.org/abs/2607.00001v2")
    assert "The paper you named" in text
    assert "Other" not in text


def test_a_topic_narrows_and_is_kept_in_links(client: Client) -> None:
    topic = make_topic("Slow Robots")
    for number in range(21):
        make_paper(f"Gripper {number}", abstract="gripper").topics.add(topic)
    make_paper("Gripper elsewhere", abstract="gripper")
    text = text_of(client, q="gripper", topic="slow-robots")
    assert "elsewhere" not in text
    assert "?q=gripper&amp;topic=slow-robots&amp;page=2" in text


def test_filters_narrow_and_stay_in_the_links_and_can_be_taken_off(client: Client) -> None:
    make_paper("Gripper one", abstract="gripper", submitter="mara", code_url="https://x.example/y", listed_on=FRIDAY)
    make_paper("Gripper two", abstract="gripper", submitter="tomas")
    text = text_of(client, q="gripper", submitter="mara", code="1", **{"from": "2026-07-01", "to": "2026-08-30"})
    assert "Gripper two" not in text
    assert "<mark>Gripper</mark> one" in text
    assert "Submitter: mara" in text
    assert 'href="/search/?q=gripper&amp;submitter=mara&amp;from=2026-07-01&amp;to=2026-08-30"' in text
    assert "Nothing found" in text_of(client, q="gripper", to="2020-01-01")
    assert "Gripper" in text_of(client, q="gripper", to="never")


def test_without_words_the_page_shows_four_ways_to_ask(client: Client) -> None:
    text = text_of(client)
    assert "Four ways to ask" in text
    assert "Nothing found" not in text
    for query in ("coarse+control", "robot+grippers", "%22chain+of+thought%22", "1706.03762"):
        assert f'href="?q={query}"' in text


def test_without_results_the_page_says_what_to_do(client: Client) -> None:
    text = text_of(client, q='"no such phrase"', code="1")
    assert "Nothing found" in text
    assert "Fewer words, or another name for the same idea, may help." in text
    assert 'href="/search/?q=%22no+such+phrase%22">Search without filters' in text
    assert "Search without filters" not in text_of(client, q='"no such phrase"')


def test_typing_gets_the_results_alone(client: Client) -> None:
    answer = client.get("/search/", {"q": "x"}, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


def test_the_page_is_whole_without_scripts(client: Client) -> None:
    text = text_of(client, q="x")
    assert 'method="get" action="/search/"' in text
    assert "htmx-2.min.js" in text


def test_a_search_is_a_feed(client: Client) -> None:
    make_paper("Slow Grippers", abstract="gripper")
    text = text_of(client, q="gripper")
    assert [f'href="/search.{form}?q=gripper"' in text for form in ("atom", "rss", "json")] == [True] * 3
    assert client.get("/search.json", {"q": "gripper"}).json()["items"][0]["title"] == "Slow Grippers"
    assert client.get("/search.atom", {"q": ""}).status_code == 200
    assert client.get("/search.exe").status_code == 404


@pytest.mark.parametrize("query", ["a" * 10_000, "gripper " * 1_250, '"' * 10_000, "\x00", "\u202e", "%"])
def test_very_long_and_odd_searches_get_a_page(client: Client, query: str) -> None:
    make_paper("Slow Grippers")
    text_of(client, q=query)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(q=st.text(max_size=200), topic=st.text(max_size=20), page=st.text(max_size=30))
def test_any_query_string_gets_a_page(client: Client, q: str, topic: str, page: str) -> None:
    for path in ("/search/", "/search.json", "/", "/editions/"):
        assert client.get(path, {"q": q, "topic": topic, "page": page, "order": q}).status_code == 200


def test_a_snippet_shows_where_the_words_stand() -> None:
    text = f"{'before ' * 60}the gripper {'after ' * 60}"
    snippet = cut_snippet(text, frozenset({"gripper"}))
    assert "gripper" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")


@settings(deadline=None)
@given(text=st.text(), words=st.frozensets(st.text(max_size=5), max_size=3))
def test_marking_never_lets_markup_through(text: str, words: frozenset[str]) -> None:
    marked = mark_words(text, words).replace("<mark>", "").replace("</mark>", "")
    assert "<" not in marked
