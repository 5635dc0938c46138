"""A subscriber's own page: what is held, and every way to change it. POST acts, by one call into this room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now

from subscriptions.cadence import describe
from subscriptions.choices import next_day, rhythm_of
from subscriptions.dates import write_day
from subscriptions.feedback import list_hidden, unhide
from subscriptions.forms import AddressForm, PauseForm, PreferencesForm, stored_values
from subscriptions.liked import Matched, match_papers
from subscriptions.liked_form import LikedForm
from subscriptions.models import Subscriber
from subscriptions.moving import open_move, request_move
from subscriptions.openings import let_count
from subscriptions.pace import Action, take_turn, too_many
from subscriptions.pausing import pause, resume
from subscriptions.preferences import describe_preferences, save_preferences
from subscriptions.sessions import remember
from subscriptions.taste import Step, follow_name, forget_taste, like_papers, list_leanings, take_step
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import TokenError, TokenExpiredError, make_leave_token, read_manage_token

UNPROCESSABLE = 422
COUNTED = "Thank you: from your next digest on, we count which papers you open. Curators see sums only."
UNCOUNTED = "We count nothing any more, and what was counted is forgotten."
OwnPage = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of the papers a reader just named: all lines, how many are known here, how many are new."""

    matched: Sequence[Matched]
    found: int
    fresh: int


def own_page(view: OwnPage) -> OwnPage:
    """Make a view of (request, person, token) a page behind a person's own link."""

    def opened(request: HttpRequest, token: str, **parts: int) -> HttpResponse:
        try:
            claim = read_manage_token(token)
        except TokenError as problem:
            return bad_link(request, "manage", expired=isinstance(problem, TokenExpiredError))
        person = Subscriber.objects.filter(pk=claim.subscriber_id, token_version=claim.version).first()
        if person is None:
            return bad_link(request, "manage", expired=True)
        response = view(request, person, token, **parts)
        if Subscriber.objects.filter(pk=person.pk).exclude(state=Subscriber.State.LEFT).exists():
            remember(response, person)
        return response

    return token_page(opened)


@own_page
def manage(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    """The page itself."""
    if person.state == Subscriber.State.LEFT:
        return render(request, "subscriptions/left.html", {"fresh": False})
    if request.method != "POST":
        return _show(request, person, token, PreferencesForm(initial=stored_values(person)))
    acts = {
        "pause": _pause, "resume": _resume, "move": _move, "interest": _step, "follow": _follow, "forget": _forget,
        "like": _like, "unhide": _unhide, "count": _count,
    }  # fmt: skip
    act = next((act for name, act in acts.items() if name in request.POST), _save)
    return act(request, person, token)


def _save(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    form = PreferencesForm(request.POST, initial=stored_values(person))
    if not form.is_valid():
        return _show(request, person, token, form, status=UNPROCESSABLE)
    if save_preferences(subscriber_id=person.pk, choices=form.chosen(), now=now()):
        messages.success(request, describe_preferences(subscriber_id=person.pk))
    return HttpResponseRedirect(request.path)


def _pause(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    form = PauseForm(request.POST, now=now())
    if not form.is_valid():
        preferences = PreferencesForm(initial=stored_values(person))
        return _show(request, person, token, preferences, pause_form=form, status=UNPROCESSABLE)
    until = form.cleaned_data["until"]
    if pause(subscriber_id=person.pk, now=form.now, until=until):
        until = Subscriber.objects.values_list("paused_until", flat=True).get(pk=person.pk)
        words = (
            f"until {write_day(until, person.date_language)}; then one digest looks back"
            if until
            else "until you resume here"
        )
        messages.success(request, f"Paused: no digest comes {words}.")
    return HttpResponseRedirect(request.path)


def _resume(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    if resume(subscriber_id=person.pk, now=now()):
        messages.success(request, f"Resumed: your digest comes {describe(rhythm_of(person))}.")
    return HttpResponseRedirect(request.path)


def _move(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    form = AddressForm(request.POST, prefix="move")
    if form.is_valid():
        if not take_turn(Action.MOVE, request=request, now=now(), person=person.pk):
            return too_many(request)
        try:
            request_move(person=person, address=form.cleaned_data["email"], now=now())
        except ValueError as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(request, "Two mails are on their way: confirm in both mailboxes, and your digest moves.")
            return HttpResponseRedirect(f"{request.path}#address")
    preferences = PreferencesForm(initial=stored_values(person))
    return _show(request, person, token, preferences, move_form=form, status=UNPROCESSABLE)


def _step(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    number, step = request.POST["interest"], request.POST.get("step", "")
    if number.isascii() and number.isdigit() and len(number) < len(str(2**63)) and step in set(Step):
        told = take_step(subscriber_id=person.pk, interest_id=int(number), step=Step(step))
        messages.success(request, told or "This was removed before; nothing was changed.")
    return HttpResponseRedirect(f"{request.path}#taste")


def _follow(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    try:
        told = follow_name(subscriber_id=person.pk, kind=request.POST.get("kind", ""), text=request.POST["follow"])
    except ValueError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, told)
    return HttpResponseRedirect(f"{request.path}#taste")


def _like(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:
    form = LikedForm(request.POST, request.FILES)
    preferences = PreferencesForm(initial=stored_values(person))
    if not form.is_valid():
        return _show(request, person, token, preferences, liked_form=form, status=UNPROCESSABLE)
    if not take_turn(Action.SAVE, request=request, now=now(), person=person.pk):
        return too_many(request)
    matched = match_papers(form.liked_text)
    found = [match.paper.pk for match in matched if match.paper]
    fresh = like_papers(subscriber_id=person.pk, paper_ids=found, now=now())
    return _show(request, person, token, preferences, brought=Brought(matched, len(found), fresh))


def _unhide(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    number = request.POST["unhide"]
    is_number = number.isascii() and number.isdigit() and len(number) < len(str(2**63))
    if is_number and unhide(subscriber_id=person.pk, paper_id=int(number)):
        messages.success(request, "This paper may come to you again.")
    return HttpResponseRedirect(f"{request.path}#taste")


def _count(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    is_on = request.POST["count"] == "yes"
    if let_count(subscriber_id=person.pk, is_on=is_on, now=now()):
        messages.success(request, COUNTED if is_on else UNCOUNTED)
    return HttpResponseRedirect(f"{request.path}#count")


def _forget(request: HttpRequest, person: Subscriber, token: str) -> HttpResponse:  # noqa: ARG001 - one shape for all
    messages.success(request, forget_taste(subscriber_id=person.pk))
    return HttpResponseRedirect(f"{request.path}#taste")


def _show(
    request: HttpRequest,
    person: Subscriber,
    token: str,
    form: PreferencesForm,
    *,
    pause_form: PauseForm | None = None,
    move_form: AddressForm | None = None,
    liked_form: LikedForm | None = None,
    brought: Brought | None = None,
    status: int = 200,
) -> HttpResponse:
    leanings = list(list_leanings(person))
    context = {
        "form": form,
        "pause_form": pause_form or PauseForm(now=now()),
        "move_form": move_form or AddressForm(prefix="move"),
        "moving": open_move(person, now=now()),
        "person": person,
        "token": token,
        "rhythm": describe(rhythm_of(person)),
        "next_day": next_day(person),
        "liked_form": liked_form or LikedForm(),
        "brought": brought,
        "names": [leaning for leaning in leanings if not leaning.is_paper],
        "liked": [leaning for leaning in reversed(leanings) if leaning.is_paper],
        "hidden": list_hidden(person),
        "history": person.history.all(),
        "leave_url": reverse("leave", args=[make_leave_token(person.pk)]),
    }
    return render(request, "subscriptions/manage.html", context, status=status)
