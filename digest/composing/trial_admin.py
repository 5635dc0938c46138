"""The page that shows which of two rankers earned more of an edition's saves and likes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from digest.composing.approval_admin import DecidedEditionAdmin
from digest.composing.models import Edition
from digest.composing.trial import count_clicks, current_pair
from digest.ranking.verdict import Tally, judge


class TrialAdmin(DecidedEditionAdmin):
    """Adds the comparison of rankers to an edition's page."""

    @action(description="Rankers compared", permissions=["view"], icon="balance", url_path="rankers")
    def compare_rankers(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What readers did with the papers of each ranker."""
        edition = self.find(object_id)
        tallies = count_clicks(period=edition.period)
        context = {
            **self.admin_site.each_context(request),
            "tallies": [describe_tally(tally) for tally in tallies],
            "verdict": judge(tallies[0], tallies[1]) if len(tallies) > 1 else "",
            "pair": current_pair(),
            "opts": self.opts,
            "original": edition,
            "title": f"Rankers of {edition}",
            "back": self.page_of(object_id),
        }
        return TemplateResponse(request, "admin/edition_rankers.html", context)

    def list_useless(self, edition: Edition) -> set[str]:
        """Nothing to compare while nothing goes out, or where no trial is on."""
        compares = bool(edition.frozen_at) and current_pair() is not None
        return super().list_useless(edition) | (set() if compares else {"compare_rankers"})


def describe_tally(tally: Tally) -> dict[str, object]:
    """A row of the table, all but the first number for each hundred papers shown."""
    low, high = tally.interval
    return {
        "ranker": tally.ranker,
        "shown": tally.shown,
        "saved": tally.per_hundred(tally.saved),
        "more": tally.per_hundred(tally.more),
        "less": tally.per_hundred(tally.less),
        "liked": tally.per_hundred(tally.liked),
        "low": low,
        "high": high,
    }
