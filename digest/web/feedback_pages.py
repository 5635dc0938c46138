"""Links from a digest: a word on one paper, or on one reason. A look shows a button; only the press counts."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from digest.composing.models import Digest
from digest.papers.models import Paper, Topic
from subscriptions.feedback import give_feedback
from subscriptions.models import Feedback, Interest, Subscriber
from subscriptions.taste import Step, find_interest, take_step
from subscriptions.token_pages import bad_link, token_page
from subscriptions.tokens import ReasonToken, TokenError, read_feedback_token, read_reason_token

LATEST = 10
REASON_STEPS = (Step.STRENGTHEN, Step.WEAKEN, Step.MUTE)
HAS_REASONS = (Interest.Kind.TOPIC, Interest.Kind.KEYWORD, Interest.Kind.AUTHOR)
WORDS = {
    Feedback.Kind.MORE: ("More papers like this one?", "Yes, more like this", "More papers like this one will come."),
    Feedback.Kind.LESS: ("Fewer papers like this one?", "Yes, less like this", "Fewer papers like this one will come."),
    Feedback.Kind.SAVE: ("Save this paper?", "Save it", "Saved to your list."),
    Feedback.Kind.HIDE: ("Hide this paper?", "Hide it", "It will not come to you by mail again."),
}


@token_page
def feedback(request: HttpRequest, token: str) -> HttpResponse:
    """One reader's word on one paper."""
    try:
        claim = read_feedback_token(token)
        kind = Feedback.Kind(claim.kind)
    except (TokenError, ValueError):
        return bad_link(request, "manage")
    paper = Paper.objects.all().published().filter(pk=claim.paper_id).first()
    if paper is None or not Subscriber.objects.filter(pk=claim.subscriber_id).exists():
        return bad_link(request, "manage", expired=True)
    is_done = request.method == "POST" and give_feedback(
        subscriber_id=claim.subscriber_id,
        paper_id=paper.pk,
        kind=kind,
        now=now(),
        sent_at=_sent_at(claim.subscriber_id, paper.pk),
    )
    question, button, answer = WORDS[kind]
    context = {"paper": paper, "question": question, "button": button, "answer": answer, "is_done": is_done}
    return render(request, "site/feedback.html", context)


@token_page
def reason(request: HttpRequest, token: str) -> HttpResponse:
    """One reason a paper came for: to weaken, mute or strengthen just that."""
    try:
        claim = read_reason_token(token)
    except TokenError:
        return bad_link(request, "manage")
    name = _name_of(claim)
    if not name or not Subscriber.objects.filter(pk=claim.subscriber_id).exists():
        return bad_link(request, "manage", expired=True)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    told = _step(claim, Step(step)) if step in REASON_STEPS else ""
    return render(request, "site/reason.html", {"name": name, "steps": REASON_STEPS, "told": told})


def _name_of(claim: ReasonToken) -> str:
    if claim.kind == Interest.Kind.TOPIC:
        return str(Topic.objects.filter(pk=claim.number).first() or "")
    return claim.text if claim.kind in HAS_REASONS else ""


def _step(claim: ReasonToken, step: Step) -> str:
    interest = find_interest(
        subscriber_id=claim.subscriber_id, kind=claim.kind, number=claim.number, text=claim.text, create=True
    )
    return take_step(subscriber_id=claim.subscriber_id, interest_id=interest.pk, step=step) if interest else ""


def _sent_at(subscriber_id: int, paper_id: int) -> datetime | None:
    """When the latest digest with this paper was handed over."""
    recent = Digest.objects.filter(subscriber_id=subscriber_id, accepted_at__isnull=False).order_by("-accepted_at")
    rows = recent.values_list("accepted_at", "entries")[:LATEST]
    return next((at for at, entries in rows if any(entry["paper"] == paper_id for entry in entries)), None)
