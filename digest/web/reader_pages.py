"""What readers known by a mailed link may do on the site: vote, save to lists, hide, suggest. Only POST acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from digest.papers.models import Paper
from digest.web.errors import show_not_found
from digest.web.headers import keep_private
from subscriptions.claiming import claim_paper, show_claim
from subscriptions.feedback import Said, give_feedback, unhide
from subscriptions.models import AuthorClaim, Collection, Feedback, SavedPaper, Subscriber, Vote
from subscriptions.pace import Action, take_turn, too_many
from subscriptions.sessions import reader_of
from subscriptions.shelves import drop_everywhere, drop_paper, papers_on, save_paper
from subscriptions.suggesting import suggest
from subscriptions.voting import cast_vote, take_vote_back

LARGEST_KEY = 2**63 - 1
FORBIDDEN, UNPROCESSABLE = 403, 422
PAPERS_PER_PAGE = 30
ReaderView = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Marks:
    """What a reader has done with one paper."""

    has_voted: bool
    is_saved: bool
    is_hidden: bool
    lists: list[str]


def marks_of(request: HttpRequest, paper: Paper) -> Marks | None:
    """The reader's marks on a paper; None for strangers, at no cost."""
    reader = reader_of(request)
    if reader is None:
        return None
    return Marks(
        has_voted=Vote.objects.filter(subscriber=reader, paper=paper).exists(),
        is_saved=SavedPaper.objects.filter(collection__subscriber=reader, paper=paper).exists(),
        is_hidden=Feedback.objects.filter(subscriber=reader, paper=paper, kind=Feedback.Kind.HIDE).exists(),
        lists=list(reader.collections.values_list("name", flat=True)),
    )


def for_readers(view: ReaderView) -> ReaderView:
    """Make a view of (request, reader, ...) one that tells strangers how to become known."""

    def known(request: HttpRequest, **parts: object) -> HttpResponse:
        reader = reader_of(request)
        if reader is None:
            return keep_private(render(request, "site/who_are_you.html", status=FORBIDDEN))
        return keep_private(view(request, reader, **parts))

    return known


def of_paper(view: ReaderView) -> ReaderView:
    """Make a view of (request, reader, paper) one whose address names the paper."""

    def found(request: HttpRequest, reader: Subscriber, pk: int) -> HttpResponse:
        paper = Paper.objects.all().published().filter(pk=pk).first() if pk <= LARGEST_KEY else None
        if paper is None:
            return show_not_found(request, reason="There is no paper at this address, or it is no longer listed.")
        return view(request, reader, paper)

    return found


def at_most(action: Action) -> Callable[[ReaderView], ReaderView]:
    """Make a view of (request, reader, ...) one that asks for patience when its POSTs come too often."""

    def limited(view: ReaderView) -> ReaderView:
        def paced(request: HttpRequest, reader: Subscriber, **parts: object) -> HttpResponse:
            if request.method == "POST" and not take_turn(action, request=request, now=now(), person=reader.pk):
                return too_many(request)
            return view(request, reader, **parts)

        return paced

    return limited


@require_POST
@for_readers
@at_most(Action.VOTE)
@of_paper
def vote(request: HttpRequest, reader: Subscriber, paper: Paper) -> HttpResponse:
    """Upvote a paper, or take the vote back."""
    if request.POST.get("vote") == "no":
        take_vote_back(person=reader, paper_id=paper.pk)
    else:
        cast_vote(person=reader, paper_id=paper.pk, now=now())
    return HttpResponseRedirect(paper.get_absolute_url())


@require_POST
@for_readers
@at_most(Action.SAVE)
@of_paper
def save(request: HttpRequest, reader: Subscriber, paper: Paper) -> HttpResponse:
    """Put a paper on one of the reader's lists, or take it off all of them."""
    if request.POST.get("save") == "no":
        if drop_everywhere(person=reader, paper_id=paper.pk):
            messages.success(request, "This paper is on none of your lists.")
        return HttpResponseRedirect(paper.get_absolute_url())
    try:
        shelf = save_paper(person=reader, paper_id=paper.pk, now=now(), name=request.POST.get("list", ""))
    except ValueError as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(paper.get_absolute_url())
    count = shelf.saved.count()
    messages.success(request, f"“{shelf}” now holds {count} paper{'' if count == 1 else 's'}.")
    return HttpResponseRedirect(paper.get_absolute_url())


@require_POST
@for_readers
@at_most(Action.SAVE)
@of_paper
def hide(request: HttpRequest, reader: Subscriber, paper: Paper) -> HttpResponse:
    """Keep a paper out of the reader's mail, or let it come again."""
    if request.POST.get("hide") == "no":
        if unhide(subscriber_id=reader.pk, paper_id=paper.pk):
            messages.success(request, "This paper may come to you by mail again.")
    elif give_feedback(subscriber_id=reader.pk, paper_id=paper.pk, kind=Feedback.Kind.HIDE, now=now()) is Said.KEPT:
        messages.success(request, "This paper will not come to you by mail.")
    return HttpResponseRedirect(paper.get_absolute_url())


@require_http_methods(["GET", "HEAD"])
@for_readers
def own_lists(request: HttpRequest, reader: Subscriber) -> HttpResponse:
    """The reader's lists."""
    shelves = [(shelf, shelf.saved.count()) for shelf in reader.collections.all()]
    return render(request, "site/own_lists.html", {"shelves": shelves})


@require_http_methods(["GET", "HEAD", "POST"])
def shelf(request: HttpRequest, key: str) -> HttpResponse:
    """One list, for whoever knows its key; its owner may take papers off."""
    found = Collection.objects.filter(key=key).select_related("subscriber").first()
    if found is None:
        return show_not_found(request, reason="There is no list at this address. It may have been taken down.")
    reader = reader_of(request)
    is_own = reader is not None and reader.pk == found.subscriber_id
    if request.method == "POST":
        number = request.POST.get("drop", "")
        if reader is not None and is_own and number.isascii() and number.isdigit() and int(number) <= LARGEST_KEY:
            drop_paper(person=reader, key=key, paper_id=int(number))
        return HttpResponseRedirect(request.path)
    page = Paginator(papers_on(found), PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    return keep_private(render(request, "site/shelf.html", {"shelf": found, "page": page, "is_own": is_own}))


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@at_most(Action.SUGGEST)
def suggest_paper(request: HttpRequest, reader: Subscriber) -> HttpResponse:
    """Suggest a paper for the listing."""
    text = request.POST.get("paper", "")
    context: dict[str, object] = {"text": text}
    if request.method == "POST":
        try:
            context["came"] = suggest(person=reader, text=text, note=request.POST.get("note", ""), now=now())
        except ValueError as problem:
            context["problem"] = str(problem)
    return render(request, "site/suggest.html", context, status=UNPROCESSABLE if "problem" in context else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@at_most(Action.CLAIM)
@of_paper
def claim(request: HttpRequest, reader: Subscriber, paper: Paper) -> HttpResponse:
    """Claim to have written a paper, and show or hide the mark."""
    context: dict[str, object] = {"paper": paper}
    if "shown" in request.POST:
        show_claim(person=reader, paper=paper, is_shown=request.POST["shown"] == "yes")
    elif request.method == "POST":
        name, profile = request.POST.get("name", ""), request.POST.get("profile", "")
        try:
            claim_paper(person=reader, paper=paper, name=name, profile_url=profile, now=now())
        except ValueError as problem:
            context["problem"] = str(problem)
    context["claim"] = AuthorClaim.objects.filter(subscriber=reader, paper=paper).first()
    return render(request, "site/claim.html", context, status=UNPROCESSABLE if "problem" in context else 200)
