"""The listing pages show papers whenever there are any, and say which days they show."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from digest.papers.models import Paper, Source
from digest.web.listing import PAPERS_PER_PAGE
from tests.web.fixtures import FRIDAY, make_paper, make_topic

pytestmark = pytest.mark.django_db
# Topics, days around, count, papers and their topics, and the topics the signup form offers.
MOST_QUERIES = 11
PAGES = ["/", "/papers/day/2026-07-31/", "/papers/week/2026-W31/", "/papers/month/2026-07/"]


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_a_listing_shows_its_papers_its_byline_and_the_signup(client: Client, url: str) -> None:
    paper = make_paper(authors=["Mara Quill", "Tomé Álvarez"])
    text = text_of(client, url)
    assert paper.title in text
    assert "Mara Quill, Tomé Álvarez" in text
    assert "by the Paperboy curators and the research community" in text
    assert "Get trending papers in your email inbox" in text


@time_machine.travel("2026-07-31 12:00", tick=False)
def test_the_front_page_shows_the_current_week_best_first(client: Client) -> None:
    make_paper("Loved", votes=90, listed_on=FRIDAY)
    make_paper("Quiet", votes=1, listed_on=FRIDAY)
    make_paper("Of last week", votes=500, listed_on=FRIDAY - timedelta(days=7))
    text = text_of(client, "/")
    assert text.index("Loved") < text.index("Quiet")
    assert "Of last week" not in text
    assert "No papers were listed" not in text


@time_machine.travel("2026-11-22 12:00", tick=False)
def test_an_empty_week_falls_back_to_the_nearest_one_and_says_so(client: Client) -> None:
    make_paper("Slow Grippers")
    text = text_of(client, "/")
    assert "No papers were listed in week 47, 16 to 22 November 2026." in text
    assert "Shown here: week 31, 27 July to 2 August 2026." in text
    assert "Slow Grippers" in text


def test_a_day_without_papers_shows_the_day_before_it(client: Client) -> None:
    make_paper("Of Friday")
    make_paper("Of Monday", listed_on=date(2026, 8, 3))
    text = text_of(client, "/papers/day/2026-08-02/")
    assert "Of Friday" in text
    assert "Of Monday" not in text
    assert "No papers were listed on Sunday 2 August 2026." in text
    assert f'rel="canonical" href="{settings.SITE_URL}/papers/day/2026-07-31/"' in text


def test_a_day_before_all_papers_shows_the_first_day_after_it(client: Client) -> None:
    make_paper("Of Friday")
    assert "Of Friday" in text_of(client, "/papers/day/2020-01-01/")


def test_an_empty_catalogue_has_a_page_of_its_own(client: Client) -> None:
    for url in PAGES:
        assert "No papers yet" in text_of(client, url)


@pytest.mark.parametrize("url, earlier, later", [
    ("/papers/day/2026-07-31/", "/papers/day/2026-07-20/", "/papers/day/2026-09-01/"),
    ("/papers/week/2026-W31/", "/papers/week/2026-W30/", "/papers/week/2026-W36/"),
    ("/papers/month/2026-07/", "/papers/month/2026-06/", "/papers/month/2026-09/"),
])  # fmt: skip
def test_neighbours_lead_to_the_nearest_spans_with_papers(client: Client, url: str, earlier: str, later: str) -> None:
    for day in (date(2026, 6, 2), date(2026, 7, 20), FRIDAY, date(2026, 9, 1)):
        make_paper(listed_on=day)
    text = text_of(client, url)
    assert f'href="{earlier}" rel="prev"' in text
    assert f'href="{later}" rel="next"' in text


def test_orders_and_topics_narrow_the_list_and_stay_in_every_link(client: Client) -> None:
    robotics = make_topic()
    make_paper("Arms", votes=1).topics.add(robotics)
    make_paper("Hands", votes=9).topics.add(robotics)
    make_paper("Verse", votes=50)
    text = text_of(client, "/papers/day/2026-07-31/?order=votes&topic=slow-robots")
    assert text.index("Hands") < text.index("Arms")
    assert "Verse" not in text
    assert "Most voted papers in Slow Robots" in text
    assert "/papers/week/2026-W31/?order=votes&amp;topic=slow-robots" in text


def test_a_topic_without_papers_that_day_says_so(client: Client) -> None:
    make_topic("Slow Graphs")
    make_paper()
    text = text_of(client, "/papers/day/2026-07-31/?topic=slow-graphs")
    assert "No papers on Slow Graphs here" in text
    assert "Slow Grippers" not in text


def test_an_unknown_topic_shows_everything_and_says_so(client: Client) -> None:
    make_paper()
    text = text_of(client, "/papers/day/2026-07-31/?topic=alchemy")
    assert "There is no such topic" in text
    assert "Slow Grippers" in text


def test_pages_hold_every_paper_once(client: Client) -> None:
    for number in range(PAPERS_PER_PAGE + 5):
        make_paper(f"Paper number {number:03}", votes=number % 4)
    url = "/papers/day/2026-07-31/"
    both = text_of(client, url) + text_of(client, f"{url}?page=2")
    assert all(both.count(f">Paper number {number:03}<") == 1 for number in range(PAPERS_PER_PAGE + 5))


@pytest.mark.parametrize(
    "page, shown", [("99999", "Page 2 of 2"), ("-3", "Page 2 of 2"), ("x", "Page 1 of 2"), ("9" * 5000, "Page 1 of 2")]
)
def test_a_page_that_does_not_exist_shows_one_that_does(client: Client, page: str, shown: str) -> None:
    for number in range(PAPERS_PER_PAGE + 1):
        make_paper(f"Paper {number}")
    assert shown in text_of(client, f"/papers/day/2026-07-31/?page={page}")


@pytest.mark.parametrize("state", [Paper.State.HIDDEN, Paper.State.PENDING])
def test_papers_that_wait_or_are_hidden_are_not_listed(client: Client, state: str) -> None:
    make_paper("Shown")
    make_paper("Kept back", state=state)
    assert "Kept back" not in text_of(client, "/papers/day/2026-07-31/")


@pytest.mark.parametrize("url", PAGES)
def test_a_listing_asks_as_many_questions_for_a_page_as_for_one_paper(client: Client, url: str) -> None:
    topic = make_topic()
    make_paper("The only one").topics.add(topic)
    with CaptureQueriesContext(connection) as for_one:
        client.get(url)
    for number in range(PAPERS_PER_PAGE + 10):
        make_paper(f"Paper {number}").topics.add(topic)
    with CaptureQueriesContext(connection) as for_many:
        client.get(url)
    assert len(for_one) == len(for_many) <= MOST_QUERIES, [query["sql"] for query in for_many]


@pytest.mark.parametrize("url, words", [
    ("/papers/week/2026-W54/", "Week 53, 28 December 2026 to 3 January 2027"),
    ("/papers/week/2026-W5/", "Week 5, 26 January to 1 February 2026"),
    ("/papers/month/2026-13/", "December 2026"),
    ("/papers/day/2026-02-30/", "Saturday 28 February 2026"),
    ("/papers/day/2026-8-3/", "Monday 3 August 2026"),
    ("/papers/day/yesterday/", "A day is written like 2026-08-03."),
    ("/papers/week/9999-W01/", "The listing knows the years"),
])  # fmt: skip
def test_a_wrong_date_gets_a_page_that_helps(client: Client, url: str, words: str) -> None:
    text = text_of(client, url, 404)
    assert words in text
    assert "This page is not in the stack" in text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_listings_are_for_reading_only(client: Client, method: str) -> None:
    assert getattr(client, method)("/").status_code == 405


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.text(max_size=30), topic=st.text(max_size=30), page=st.text(max_size=30), name=st.text(max_size=20))
def test_no_query_or_address_breaks_a_page(client: Client, order: str, topic: str, page: str, name: str) -> None:
    if not Paper.objects.exists():
        make_paper()
    query = {
        "order": order.encode("utf-8", "replace"),
        "topic": topic.encode("utf-8", "replace"),
        "page": page.encode("utf-8", "replace"),
    }
    assert client.get("/", query).status_code == 200
    for kind in ("day", "week", "month"):
        found = client.get(
            "/papers/" + kind + "/" + "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "replace")) + "/", query
        )
        assert found.status_code in (200, 404)
        assert b"</html>" in found.content


def test_every_name_on_a_paper_leads_to_its_listing(client: Client) -> None:
    source = Source.objects.create(name="Lists & more", kind="csv")
    paper = make_paper("Theirs", submitter="mara/1", organisation="Lab & Co", source=source)
    make_paper("Somebody else's")
    text = client.get(paper.get_absolute_url()).content.decode()
    for link in re.findall(r'href="(/papers/month/[^"]+)"', text)[:3]:
        assert client.get(link).context["listing"].page.object_list == [paper]
    card = client.get("/").content.decode()
    assert card.count('href="/papers/month/2026-07/?submitter=mara%2F1"') == 1
    assert card.count('href="/papers/month/2026-07/?organisation=Lab%20%26%20Co"') == 1


@pytest.mark.parametrize(("name", "word"), [("submitter", "mara"), ("organisation", "Lab & Co"), ("source", "Lists")])
def test_a_listing_narrows_to_one_submitter_organisation_or_source(client: Client, name: str, word: str) -> None:
    value = Source.objects.create(name=word, kind="csv") if name == "source" else word
    fields: dict[str, Any] = {name: value}
    make_paper("Theirs", **fields)
    make_paper("Somebody else's")
    answer = client.get("/papers/day/2026-07-31/", {name: word})
    text = answer.content.decode()
    assert "Theirs" in text
    assert "Somebody else" not in text
    assert f"{name}={quote_plus(word)}" in text
    assert "No such papers here" in client.get("/papers/day/2026-07-31/", {name: "nobody"}).content.decode()


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        ("date=2026-07-31&sort=upvotes&p=2", "/papers/day/2026-07-31/?sort=upvotes&p=2"),
        ("week=2026-W31", "/papers/week/2026-W31/"),
        ("month=2026-07&submitter=mara", "/papers/month/2026-07/?submitter=mara"),
    ],
)
def test_the_front_page_knows_spans_by_query_word(client: Client, query: str, leads_to: str) -> None:
    make_paper()
    assert client.get(f"/?{query}")["Location"] == leads_to


@pytest.mark.parametrize("query", ["date=soon", "week=2026-54", "month=2026-13", "date=2026-02-30"])
def test_a_span_that_is_none_is_told(client: Client, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 404


def test_sort_p_and_limit_mean_order_page_and_length(client: Client) -> None:
    for number in range(5):
        make_paper(f"Paper {number}", votes=number)
    text = client.get("/papers/day/2026-07-31/?sort=upvotes&p=2&limit=2").content.decode()
    assert [number for number in range(5) if f"Paper {number}" in text] == [1, 2]
    assert "?order=votes&amp;limit=2&amp;page=3" in text
    assert client.get("/papers/day/2026-07-31/?limit=0&p=none").content.decode().count('class="card"') == 5


def test_a_listing_of_long_abstracts_stays_light(client: Client) -> None:
    for number in range(PAPERS_PER_PAGE):
        make_paper(f"Paper {number}", abstract="Slow grippers wait for slow things. " * 50, authors=["Mara Quill"] * 30)
    text = text_of(client, "/papers/day/2026-07-31/")
    assert text.count("Abstract</summary>") == PAPERS_PER_PAGE
    assert len(text.encode()) < 70_000


def test_browsers_find_a_picture_where_they_look_for_one(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/favicon.ico")
    assert finders.find("favicon.ico")
    assert 'rel="apple-touch-icon" href="/static/touch-icon.png"' in client.get("/").content.decode()
