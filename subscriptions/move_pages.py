"""The pages behind two kinds of links in single mails: confirm a change of address, and "never write to me"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from subscriptions.leaving import never_write
from subscriptions.marks import AddressChange
from subscriptions.models import Subscriber
from subscriptions.moving import Move, Side, confirm_move
from subscriptions.token_pages import GONE, bad_link, token_page
from subscriptions.tokens import TokenError, TokenExpiredError, read_move_token, read_never_token


@token_page
def move(request: HttpRequest, token: str) -> HttpResponse:
    """One mailbox's word on a change of address: a page with one button."""
    try:
        change_id, word = read_move_token(token)
        side = Side(word)
    except (TokenError, ValueError) as problem:
        return bad_link(request, "manage", expired=isinstance(problem, TokenExpiredError))
    change = AddressChange.objects.filter(pk=change_id).first()
    if change is None or change.void_at:
        return bad_link(request, "manage", expired=True)
    outcome = Move.DONE if change.done_at else None
    if request.method == "POST":
        outcome = confirm_move(change_id=change_id, side=side, now=now())
    if outcome is Move.VOID:
        return bad_link(request, "manage", expired=True)
    context = {"change": change, "side": side, "outcome": outcome.name.lower() if outcome else ""}
    return render(request, "subscriptions/move.html", context, status=GONE if outcome is Move.TAKEN else 200)


@token_page
def never(request: HttpRequest, token: str) -> HttpResponse:
    """For people who never asked: no mail of ours, whoever types their address."""
    try:
        subscriber_id = read_never_token(token)
    except TokenError:
        return bad_link(request, "never")
    if request.method == "POST":
        is_done = never_write(subscriber_id=subscriber_id, now=now())
        return render(request, "subscriptions/never.html", {"is_done": is_done})
    is_gone = not Subscriber.objects.filter(pk=subscriber_id).exists()
    return render(request, "subscriptions/never.html", {"is_gone": is_gone})
