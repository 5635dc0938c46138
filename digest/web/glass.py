"""What a reader may see of what we hold: the mails sent with their copies, everything as a file, and erasure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now

from digest.composing.book import open_book
from digest.composing.models import Digest
from digest.composing.presentation import present_digest
from digest.rendering.render import render_digest
from digest.web.errors import show_not_found
from digest.web.feedback_pages import find_digest
from digest.web.mailbox import MAIL_POLICY
from subscriptions.manage_pages import own_page
from subscriptions.models import Subscriber
from subscriptions.privacy import erase, export_person
from subscriptions.sessions import forget
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import TokenError

MOST_SHOWN = 200
LARGEST_KEY = 2**63 - 1
# Before these, nothing was said yet, or nothing will be.
UNSAID = (Digest.State.PLANNED, Digest.State.EMPTY, Digest.State.SKIPPED)
S = Digest.State
IN_WORDS = {
    S.PLANNED: "Papers are being chosen",
    S.COMPOSED: "Ready to go",
    S.SENDING: "On its way",
    S.RETRY: "Will be tried again",
    S.ACCEPTED: "Handed over for delivery",
    S.DELIVERED: "Delivered",
    S.BOUNCED: "Came back",
    S.COMPLAINED: "Reported as spam",
    S.REFUSED: "Refused by your mail provider",
    S.UNKNOWN: "Not known whether it arrived",
    S.EMPTY: "Not sent: nothing new to say",
    S.SKIPPED: "Not sent",
}


@own_page
def sent_mails(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    """Every digest and every single mail, latest first, with what became of each."""
    digests = list(person.digests.order_by("-slot_at", "-id")[:MOST_SHOWN])
    context = {
        "token": token,
        "person": person,
        "digests": [(digest, IN_WORDS[S(digest.state)], digest.state not in UNSAID) for digest in digests],
        "notices": person.notices.order_by("-created_at")[:MOST_SHOWN],
        "count": person.digests.count(),
        "most": MOST_SHOWN,
    }
    return render(request, "site/sent_mails.html", context)


@own_page
def sent_copy(request: HttpRequest, person: Subscriber, token: str, pk: int) -> HttpResponse:  # noqa: ARG001 - the link's shape
    """One digest as it was sent, made again from its row. Papers withdrawn since are left out."""
    own = person.digests.exclude(state__in=UNSAID).select_related("subscriber")
    digest = own.filter(pk=pk).first() if pk <= LARGEST_KEY else None
    if digest is None or not digest.entries:
        return show_not_found(request, reason="No mail of yours is kept at this address.")
    response = HttpResponse(render_digest(present_digest(digest, open_book([digest]))).html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@token_page
def digest_copy(request: HttpRequest, token: str) -> HttpResponse:
    """One digest as its reader got it, for mail programs that show it badly. Made again from its row.

    The link lives as long as the mail and travels when it is forwarded, so it opens nothing else: for
    their preferences readers ask for a fresh link.
    """
    try:
        digest = find_digest(token)
    except TokenError:
        return bad_link(request, "manage")
    if digest is None or not digest.entries:
        return bad_link(request, "manage", expired=True)
    letter = present_digest(digest, open_book([digest]))
    response = HttpResponse(
        render_digest(replace(letter, manage_url=settings.SITE_URL + reverse("manage-request"))).html
    )
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@own_page
def own_data(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    """Everything held about a person: to download, or to erase."""
    if request.method != "POST":
        return render(request, "site/own_data.html", {"person": person, "token": token})
    if "export" in request.POST:
        return _export(person)
    if request.POST.get("sure") != "yes":
        context = {"person": person, "token": token, "is_unsure": True}
        return render(request, "site/own_data.html", context, status=422)
    gone = erase(subscriber_id=person.pk, now=now())
    response = render(request, "site/erased.html", {"gone": gone})
    forget(response)
    return response


def _export(person: Subscriber) -> HttpResponse:
    data: dict[str, Any] = export_person(person)
    data["digests"] = list(person.digests.values("period", "state", "slot_at", "accepted_at", "entries"))
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
