"""Links from a digest: a word on one paper, or on one reason. A look shows a button; only the press counts.

A link's token names a digest; its papers and reasons are looked up in what that digest held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from digest.composing.book import open_book
from digest.composing.models import Digest
from digest.composing.presentation import name_reason
from digest.papers.models import Paper
from subscriptions.feedback import BURST, BURST_SPAN, Said, give_feedback, is_too_soon
from subscriptions.models import Feedback
from subscriptions.pace import Action, count_turns, take_turn, too_many
from subscriptions.taste import Step, find_interest, take_step
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import TokenError, read_digest_token

LARGEST_KEY = 2**63 - 1
REASON_STEPS = (Step.STRENGTHEN, Step.WEAKEN, Step.MUTE)
# What is the same for every reader cannot be steered by one.
SAME_FOR_ALL = {
    "pick": "The curators chose this paper for everybody.",
    "trending": "Many readers noted this paper.",
    "explore": "One paper of a digest comes from outside what you follow, so that you see what else is new.",
}
TOO_SOON = "That came faster than people press, so it does not count yet. If it was you, please press once more."
WORDS = {
    Feedback.Kind.MORE: ("More papers like this one?", "Yes, more like this", "More papers like this one will come."),
    Feedback.Kind.LESS: ("Fewer papers like this one?", "Yes, less like this", "Fewer papers like this one will come."),
    Feedback.Kind.SAVE: ("Save this paper?", "Save it", "Saved to your list."),
    Feedback.Kind.HIDE: ("Hide this paper?", "Hide it", "It will not come to you by mail again."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as one digest held it, with the reasons in words."""

    digest: Digest
    paper: Paper
    reasons: list[dict[str, Any]]
    names: list[str]


EntryPage = Callable[..., HttpResponse]


def find_digest(token: str) -> Digest | None:
    """The digest that a link names, with its reader; None once it is gone. Raises `TokenError`."""
    claim = read_digest_token(token)
    if claim.subscriber_id > LARGEST_KEY:
        return None
    digests = Digest.objects.filter(subscriber_id=claim.subscriber_id, period=claim.period)
    return digests.select_related("subscriber").first()


def entry_page(view: EntryPage) -> EntryPage:
    """Make a view of (request, entry, ...) a page behind a link to one paper of a digest."""

    def opened(request: HttpRequest, token: str, paper: int, **parts: Any) -> HttpResponse:
        try:
            digest = find_digest(token)
        except TokenError:
            return bad_link(request, "manage")
        entry = _find_entry(digest, paper) if digest else None
        if entry is None:
            return bad_link(request, "manage", expired=True)
        person = entry.digest.subscriber_id
        if request.method == "POST" and not take_turn(Action.FEEDBACK, request=request, now=now(), person=person):
            return too_many(request)
        return view(request, entry, **parts)

    return token_page(opened)


@entry_page
def say(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Everything a reader can say about one paper of a digest."""
    kind = request.POST.get("kind", "") if request.method == "POST" else ""
    if kind in Feedback.Kind.values:
        return _record(request, entry, Feedback.Kind(kind))
    return _show_choice(request, entry)


@entry_page
def feedback(request: HttpRequest, entry: Entry, kind: str) -> HttpResponse:
    """One word on one paper."""
    if kind not in Feedback.Kind.values:
        return bad_link(request, "manage")
    return _record(request, entry, Feedback.Kind(kind))


@entry_page
def reason(request: HttpRequest, entry: Entry, place: int) -> HttpResponse:
    """One reason a paper came for: to weaken, mute or strengthen just that."""
    if place >= len(entry.reasons):
        return bad_link(request, "manage")
    given = entry.reasons[place]
    if given["kind"] in SAME_FOR_ALL:
        return _show_choice(request, entry, told=SAME_FOR_ALL[given["kind"]])
    step = request.POST.get("step", "") if request.method == "POST" else ""
    is_doubted = bool(step) and _is_machines(entry)
    told = _step(entry.digest.subscriber_id, given, Step(step)) if step in REASON_STEPS and not is_doubted else ""
    context = {"name": entry.names[place], "paper": entry.paper, "steps": REASON_STEPS, "told": told}
    context["doubt"] = TOO_SOON if is_doubted else ""
    return render(request, "site/reason.html", context)


def _is_machines(entry: Entry) -> bool:
    """Whether a press comes as only machines press: right after delivery, or among many at once."""
    person, moment = entry.digest.subscriber_id, now()
    if is_too_soon(sent_at=entry.digest.accepted_at, now=moment):
        return True
    return count_turns(Action.FEEDBACK, person=person, since=moment - BURST_SPAN) >= BURST


def _find_entry(digest: Digest, paper_id: int) -> Entry | None:
    held = next((entry for entry in digest.entries if entry["paper"] == paper_id), None)
    if held is None:
        return None
    book = open_book([digest])
    paper = book.papers.get(paper_id)
    if paper is None or paper.state != Paper.State.APPROVED:
        return None
    return Entry(digest, paper, held["reasons"], [name_reason(given, book) for given in held["reasons"]])


def _record(request: HttpRequest, entry: Entry, kind: Feedback.Kind) -> HttpResponse:
    """The page of one button, and its press."""
    said, problem = None, ""
    if request.method == "POST":
        try:
            said = give_feedback(
                subscriber_id=entry.digest.subscriber_id,
                paper_id=entry.paper.pk,
                kind=kind,
                now=now(),
                sent_at=entry.digest.accepted_at,
            )
        except ValueError as full:
            problem = str(full)
    question, button, answer = WORDS[kind]
    context = {
        "paper": entry.paper,
        "question": question,
        "button": button,
        "kind": kind,
        "answer": answer,
        "is_done": said is Said.KEPT,
        "told": problem or (TOO_SOON if said is Said.DOUBTED else ""),
    }
    return render(request, "site/feedback.html", context)


def _show_choice(request: HttpRequest, entry: Entry, *, told: str = "") -> HttpResponse:
    kinds = (Feedback.Kind.MORE, Feedback.Kind.LESS, Feedback.Kind.SAVE, Feedback.Kind.HIDE)
    steerable = [
        (place, name)
        for place, (given, name) in enumerate(zip(entry.reasons, entry.names, strict=True))
        if given["kind"] not in SAME_FOR_ALL
    ]
    context = {"paper": entry.paper, "kinds": [(kind, kind.label) for kind in kinds], "reasons": steerable}
    return render(request, "site/say.html", context | {"told": told, "link": _link_of(request)})


def _link_of(request: HttpRequest) -> str:
    """The paper's own address below the digest's, whichever of its pages was opened."""
    return "/".join(request.path.split("/")[:4])


def _step(subscriber_id: int, given: dict[str, Any], step: Step) -> str:
    interest = find_interest(
        subscriber_id=subscriber_id,
        kind=given["kind"],
        number=given.get("number", 0),
        text=given.get("text", ""),
        create=True,
    )
    return take_step(subscriber_id=subscriber_id, interest_id=interest.pk, step=step) if interest else ""
