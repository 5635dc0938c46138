"""The first digest on the site: a look at it while signing up, and the wish to get it right after confirming."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from digest.composing.book import open_book
from digest.composing.first import open_first, preview_first
from digest.composing.presentation import present_digest
from subscriptions.forms import TrialForm
from subscriptions.liked import match_papers
from subscriptions.pace import Action, take_turn, too_many
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import TokenError, TokenExpiredError, read_confirm_token

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview_signup(request: HttpRequest) -> HttpResponse:
    """What would come with these choices. Sends no mail and stores no choice; the form comes back filled in."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("subscribe"))
    form = TrialForm(request.POST, request.FILES, now=now())
    if not form.is_valid():
        return render(request, "subscriptions/subscribe.html", {"form": form}, status=UNPROCESSABLE)
    if not take_turn(Action.PREVIEW, request=request, now=form.now):
        return too_many(request)
    matched = match_papers(form.liked_text)
    liked = [match.paper.pk for match in matched if match.paper]
    digest = preview_first(choices=form.choices(), liked=liked, now=form.now)
    letter = present_digest(digest, open_book([digest]))
    form.keep_liked_text()
    context = {"form": form, "letter": letter, "is_preview": True, "matched": matched, "found": len(liked)}
    return render(request, "subscriptions/subscribe.html", context)


@token_page
def send_first(request: HttpRequest, token: str) -> HttpResponse:
    """A first digest right away, for a reader who has just confirmed. Pressed twice, it comes once."""
    try:
        subscriber_id = read_confirm_token(token)
    except TokenError as problem:
        return bad_link(request, "confirm", expired=isinstance(problem, TokenExpiredError))
    if request.method != "POST":
        return HttpResponseRedirect(reverse("confirm", args=[token]))
    is_planned = open_first(subscriber_id=subscriber_id, now=now())
    return render(request, "site/first_digest.html", {"is_planned": is_planned})
