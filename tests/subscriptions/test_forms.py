"""The signup form as a page shows it: one visible field, and every field explained to everybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.template import engines
from django.test import Client, RequestFactory

from subscriptions.forms import SignupForm, make_stamp, read_stamp
from subscriptions.zones import known_zones, offered_zones
from tests.subscriptions.people import NOW, filled_form, make_topics

pytestmark = pytest.mark.django_db


def ids(page: str) -> list[str]:
    """Every id a page gives out."""
    return re.findall(r'\bid="([^"]+)"', page)


def test_any_page_can_show_the_form_by_its_tag() -> None:
    template = engines["django"].from_string("{% load subscriptions %}{% signup_form %}")
    page = template.render({}, RequestFactory().get("/"))
    assert 'action="/subscribe/"' in page
    assert "csrfmiddlewaretoken" in page
    assert "data-guess-zone" in page
    assert "<details" in page
    assert "signup.js" in page


def test_the_choices_are_folded_beside_a_listing_and_open_on_their_own_page(client: Client) -> None:
    assert '<details class="signup-more">' in client.get("/").content.decode()
    assert '<details class="signup-more" open>' in client.get("/subscribe/").content.decode()
    for fields in ({"email": "bad", "hour": "7"}, {"hour": "99"}):
        page = client.post("/subscribe/", filled_form(**fields)).content.decode()
        assert '<details class="signup-more" open>' in page


@pytest.mark.parametrize("fields", [{}, {"email": "bad", "keywords": "x" * 61, "timezone": "no", "topics": ["no"]}])
def test_labels_descriptions_and_summary_point_at_things_that_exist(client: Client, fields: dict[str, object]) -> None:
    make_topics()
    answer = client.post("/subscribe/", filled_form(**fields)) if fields else client.get("/subscribe/")
    page = answer.content.decode()
    known = ids(page)
    pointed = " ".join(re.findall(r'(?:\bfor|aria-describedby|href)="#?([^"/]+)"', page)).split()
    assert len(known) == len(set(known))
    assert set(pointed) <= set(known)
    assert page.count('aria-invalid="true"') >= (3 if fields else 0)


def test_what_was_typed_is_shown_as_text_never_as_markup(client: Client) -> None:
    nasty = '"><script>alert(1)</script>'
    form = filled_form(email=nasty, keywords=nasty, timezone=nasty, topics=[nasty])
    page = client.post("/subscribe/", form).content.decode()
    assert "<script>alert" not in page
    trapped = client.post("/subscribe/", filled_form(email=nasty, website="x")).content.decode()
    assert "<script>alert" not in trapped


def test_every_offered_zone_is_known_and_utc_comes_first() -> None:
    offered = re.findall(r"<option>([^<]+)</option>", offered_zones())
    assert len(offered) > 400
    assert set(offered) <= known_zones()
    assert "<option selected>UTC</option>" in str(SignupForm(now=NOW)["timezone"])


def test_a_stamp_tells_its_age_and_a_forged_one_nothing() -> None:
    assert read_stamp(make_stamp(now=NOW), now=NOW + timedelta(hours=1)) == timedelta(hours=1)
    assert read_stamp(make_stamp(now=NOW) + "x", now=NOW) is None
    assert read_stamp("", now=NOW) is None
