"""Cards are rendered once, and never shown stale."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from digest.papers.models import Paper
from digest.web.templatetags.paper_cards import paper_card
from tests.web.fixtures import make_paper, make_topic

pytestmark = pytest.mark.django_db


def card_of(paper: Paper, *, shows_day: bool = True) -> str:
    return str(paper_card(Paper.objects.get(pk=paper.pk), shows_day=shows_day))


def test_a_card_that_did_not_change_is_the_same_one() -> None:
    paper = make_paper("Slow Grippers")
    assert paper_card(Paper.objects.get(pk=paper.pk)) is paper_card(Paper.objects.get(pk=paper.pk))


def test_whatever_changes_shows_at_once() -> None:
    paper = make_paper("Slow Grippers", votes=3)
    card_of(paper)
    Paper.objects.update(votes=4)
    assert "4 votes" in card_of(paper)
    paper.topics.add(make_topic("Arms"))
    assert "Arms" in card_of(paper)
    Paper.objects.update(title="<b>Quick</b>")
    assert "&lt;b&gt;Quick" in card_of(paper)


def test_the_day_is_shown_where_it_is_asked_for() -> None:
    paper = make_paper("Slow Grippers")
    assert ("<time" in card_of(paper), "<time" in card_of(paper, shows_day=False)) == (True, False)


def test_the_empty_signup_form_is_kept_but_for_what_differs() -> None:
    template = Template("{% load subscriptions %}{% signup_form %}")
    first, second = (template.render(Context({"csrf_token": token})) for token in ("one", "two"))
    assert 'name="csrfmiddlewaretoken" value="one"' in first
    assert 'name="csrfmiddlewaretoken" value="two"' in second
    assert "goes-here" not in first + second
    make_topic("A brand new field")
    assert "A brand new field" in template.render(Context({"csrf_token": "three"}))
