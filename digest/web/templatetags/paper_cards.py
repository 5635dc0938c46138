"""Puts a paper's card on a page, rendered once while nothing changes: `{% paper_card paper %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from digest.papers.models import Paper

register = template.Library()

_MOST_KEPT = 4_000
TOPICS_SHOWN = 3

# By paper and look: everything the card was made of, and the card. It is the same for all visitors.
_KEPT: dict[tuple[int, bool], tuple[Any, SafeString]] = {}


@register.simple_tag
def paper_card(paper: Paper, *, shows_day: bool = True) -> SafeString:
    """The card of a paper whose topics are at hand; `shows_day` tells when it was listed."""
    topics = [topic.name for topic in paper.topics.all()][:TOPICS_SHOWN]
    # Columns are compared, not a moment of change: whatever wrote the row, a card is never stale.
    columns = {name: value for name, value in paper.__dict__.items() if not name.startswith("_")}
    kept = _KEPT.get((paper.pk, shows_day))
    if kept is not None and kept[0] == (columns, topics):
        return kept[1]
    context = {"paper": paper, "topics": topics, "shows_day": shows_day}
    card = SafeString(get_template("site/_card.html").render(context))
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    _KEPT[paper.pk, shows_day] = (columns, topics), card
    return card
