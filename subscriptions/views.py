"""The subscription pages. GET and HEAD only show; POST acts, by one call into this room."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from subscriptions.cadence import describe
from subscriptions.choices import next_day, rhythm_of
from subscriptions.forms import AddressForm, SignupForm
from subscriptions.leaving import leave
from subscriptions.liked import Matched, match_papers
from subscriptions.models import Subscriber
from subscriptions.pace import Action, take_turn, too_many
from subscriptions.preferences import request_link
from subscriptions.signup import Confirmation, confirm, sign_up
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import (
    TokenError,
    TokenExpiredError,
    read_confirm_token,
    read_leave_token,
)

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The signup form; the answer is the same whoever the address belongs to."""
    form = SignupForm(*((request.POST, request.FILES) if request.method == "POST" else ()), now=now())
    if not form.is_bound:
        return render(request, "subscriptions/subscribe.html", {"form": form})
    if form.is_trapped:
        return _check_inbox(request, "confirm", request.POST.get("email", ""))
    if not form.is_valid():
        return render(request, "subscriptions/subscribe.html", {"form": form}, status=UNPROCESSABLE)
    if not take_turn(Action.SIGNUP, request=request, now=form.now):
        return too_many(request)
    matched = match_papers(form.liked_text)
    liked = [match.paper.pk for match in matched if match.paper]
    sign_up(address=form.cleaned_data["email"], choices=form.choices(), now=form.now, liked=liked)
    return _check_inbox(request, "confirm", form.cleaned_data["email"], matched)


@token_page
def confirm_signup(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button; pressing it makes the subscription count."""
    try:
        subscriber_id = read_confirm_token(token)
    except TokenError as problem:
        return bad_link(request, "confirm", expired=isinstance(problem, TokenExpiredError))
    fresh = request.method == "POST" and confirm(subscriber_id=subscriber_id, now=now()) is Confirmation.CONFIRMED
    person = Subscriber.objects.filter(pk=subscriber_id).first()
    if person is None or person.state == Subscriber.State.LEFT:
        return bad_link(request, "confirm", expired=True)
    context = {"rhythm": describe(rhythm_of(person)), "next_day": next_day(person), "fresh": fresh, "token": token}
    context["date_language"] = person.date_language
    pending = person.state == Subscriber.State.PENDING
    return render(request, f"subscriptions/{'confirm' if pending else 'confirmed'}.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def manage_request(request: HttpRequest) -> HttpResponse:
    """Where a subscriber asks for the link to their own page by typing their address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, "subscriptions/manage_request.html", {"form": form})
    if not form.is_valid():
        return render(request, "subscriptions/manage_request.html", {"form": form}, status=UNPROCESSABLE)
    if not take_turn(Action.LINK, request=request, now=now()):
        return too_many(request)
    request_link(address=form.cleaned_data["email"], now=now())
    return _check_inbox(request, "manage", form.cleaned_data["email"])


@token_page
def leave_list(request: HttpRequest, token: str) -> HttpResponse:
    """The way out: a page with one button for people, an immediate POST for mail programs (RFC 8058)."""
    try:
        subscriber_id = read_leave_token(token)
    except TokenError:
        return bad_link(request, "leave")
    if request.method != "POST":
        person = Subscriber.objects.filter(pk=subscriber_id).first()
        if person is None or person.state == Subscriber.State.LEFT:
            return render(request, "subscriptions/left.html", {"fresh": False, "unknown": person is None})
        return render(request, "subscriptions/leave.html", {"rhythm": describe(rhythm_of(person))})
    by_button = _was_button(request)
    left = leave(subscriber_id=subscriber_id, now=now(), say_goodbye=by_button)
    if by_button:
        return render(request, "subscriptions/left.html", {"fresh": left, "unknown": not left})
    text = "You are unsubscribed." if left else "You are not on the list."
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8")


def _was_button(request: HttpRequest) -> bool:
    """Whether our page's button sent this. A body that cannot be read still comes from a valid link."""
    try:
        return "leave" in request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return False


def _check_inbox(request: HttpRequest, purpose: str, address: str, matched: Sequence[Matched] = ()) -> HttpResponse:
    found = sum(match.paper is not None for match in matched)
    context = {"purpose": purpose, "address": address, "matched": matched, "found": found}
    return render(request, "subscriptions/check_inbox.html", context)
