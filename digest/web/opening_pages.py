"""A paper opened from a digest whose reader lets us count. A look records nothing; the page's own POST does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from digest.web.feedback_pages import Entry, entry_page
from digest.web.paper_pages import find_paper, show_paper
from subscriptions.openings import note_opening
from subscriptions.token_pages import bad_link

NO_CONTENT = 204


@entry_page
def open_paper(request: HttpRequest, entry: Entry) -> HttpResponse:
    """The paper's own page, at an address that is one reader's."""
    digest = entry.digest
    if request.method == "POST":
        note_opening(
            subscriber_id=digest.subscriber_id,
            paper_id=entry.paper.pk,
            period=digest.period,
            now=now(),
            sent_at=digest.accepted_at,
        )
        return HttpResponse(status=NO_CONTENT)
    found = find_paper(entry.paper.pk)
    if found is None:
        return bad_link(request, "manage", expired=True)
    response = show_paper(request, found, is_counted=digest.subscriber.counts_clicks)
    # Other sites learn nothing; our own must see where the page's forms come from.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
