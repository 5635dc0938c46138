"""The page that tells what became of an edition."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action

from digest.composing.approval_admin import DecidedEditionAdmin
from digest.composing.models import Digest
from digest.delivery.aftermath import FEWEST_LETTING, Outcome, compare, take_papers
from digest.delivery.effect_admin import Bar, draw
from digest.delivery.report import account_for

STATES = (
    ("delivered", Digest.State.DELIVERED),
    ("bounced", Digest.State.BOUNCED),
    ("complained", Digest.State.COMPLAINED),
    ("refused", Digest.State.REFUSED),
    ("unknown", Digest.State.UNKNOWN),
)
SHARES = (
    ("Sent", "sent"),
    ("Delivered", "delivered"),
    ("Bounced", "bounced"),
    ("Complained", "complained"),
    ("Unsubscribed", "unsubscribed"),
)
OPENED = ("Opened, by readers who let us count", "opened")


class AftermathAdmin(DecidedEditionAdmin):
    """Adds the look back to an edition's page."""

    @action(description="After the send", permissions=["view"], icon="query_stats", url_path="after")
    def after(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Counts and shares beside those of earlier editions, and its best and worst papers."""
        edition = self.find(object_id)
        outcomes = compare(edition)
        taken = take_papers(edition)
        shares = (*SHARES, OPENED) if any(one.letting for one in outcomes) else SHARES
        own = next((one for one in outcomes if one.edition.pk == edition.pk), None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": edition,
            "title": f"After {edition}",
            "back": self.page_of(object_id),
            "account": account_for(edition, now=now()),
            "own": own,
            "charts": [(name, draw_over_time(outcomes, field)) for name, field in shares],
            "fewest": FEWEST_LETTING,
            "states": draw_states(own) if own else [],
            "best": [one for one in taken if one.balance > 0][:5],
            "worst": [one for one in reversed(taken) if one.disliked][:5],
            "marks": draw({str(one.paper): one.liked + one.votes for one in taken}),
        }
        return TemplateResponse(request, "admin/edition_after.html", context)


def draw_over_time(outcomes: list[Outcome], field: str) -> list[Bar]:
    """One number of each edition, the latest first; shares in percent where they tell more."""
    counts = {one.edition.period: int(getattr(one, field)) for one in outcomes}
    longest = max(counts.values(), default=0) or 1
    return [
        Bar(
            one.edition.period,
            counts[one.edition.period],
            100 * counts[one.edition.period] / longest,
            reverse("admin:composing_edition_after", args=[one.edition.pk]),
            _share_of(one, field),
        )
        for one in outcomes
    ]


def _share_of(one: Outcome, field: str) -> str:
    """What stands beside a count."""
    if field == "sent":
        return ""
    if field == "opened":
        return f"{one.opened_share:.1f} %" if one.letting else "too few"
    return f"{one.share(getattr(one, field)):.2f} %"


def draw_states(own: Outcome) -> list[Bar]:
    """The edition's digests by what became of them, each leading to its list."""
    digests = f"{reverse('admin:composing_digest_changelist')}?edition__id__exact={own.edition.pk}&state__exact="
    most = max(own.sent, 1)
    return [
        Bar(name.capitalize(), getattr(own, name), min(100 * getattr(own, name) / most, 100), digests + state)
        for name, state in STATES
    ]
