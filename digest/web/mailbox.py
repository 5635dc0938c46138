"""Pages that show the development mailbox. They answer only while DEBUG is on."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from html import unescape
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from digest.delivery.mailbox import CaughtMail, count_messages, list_messages, read_message
from digest.web.errors import show_not_found
from digest.web.headers import keep_private

MESSAGES_PER_PAGE = 50
TABS = {"html": "Letter", "text": "Plain text", "headers": "Headers", "links": "Links"}
WIDTHS = {"desktop": "Desktop", "phone": "Phone"}
# Nothing in a mail runs, posts or loads, but for pictures over https.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"
LINK = re.compile(r"""<a\b[^>]*?\shref=(["'])(?P<address>https?://.*?)\1""", re.IGNORECASE | re.DOTALL)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
MailView = Callable[[HttpRequest, CaughtMail], HttpResponse]


def in_development_only(view: View[P]) -> View[P]:
    """Answer as if the page did not exist unless DEBUG is on; never let a browser keep a page of mail."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.DEBUG:
            return show_not_found(request)
        return keep_private(view(request, *args, **kwargs))

    return answer


def of_one_message(view: MailView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Look the message up by its name, or say that it is not there."""

    @wraps(view)
    def answer(request: HttpRequest, name: str) -> HttpResponse:
        try:
            caught = read_message(name)
        except FileNotFoundError:
            return show_not_found(request, reason="The mailbox has no such message. It may have been removed.")
        return view(request, caught)

    return answer


@require_safe
@in_development_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every message caught, newest first."""
    page = Paginator(range(count_messages()), MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    messages = list_messages(skip=max(page.start_index() - 1, 0), limit=MESSAGES_PER_PAGE)
    return render(request, "site/mailbox.html", {"page": page, "caught": messages, "folder": settings.MAILBOX_DIR})


@require_safe
@in_development_only
@of_one_message
def mailbox_message(request: HttpRequest, caught: CaughtMail) -> HttpResponse:
    """One message: the letter as a mail program shows it, its text, headers and links."""
    wanted = request.GET.get("show", "")
    tab = wanted if wanted in TABS else ("html" if caught.html else "text")
    width = "phone" if request.GET.get("width") == "phone" else "desktop"
    context = {"mail": caught, "tab": tab, "tabs": TABS, "width": width, "widths": WIDTHS, "links": links_of(caught)}
    return render(request, "site/mailbox_message.html", context)


@require_safe
@xframe_options_sameorigin
@in_development_only
@of_one_message
def mailbox_html(_request: HttpRequest, caught: CaughtMail) -> HttpResponse:
    """The HTML part alone, for the frame of the message's page. Locked up by its own policy."""
    response = HttpResponse(caught.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@require_safe
@in_development_only
@of_one_message
def mailbox_raw(_request: HttpRequest, caught: CaughtMail) -> HttpResponse:
    """The message as it was handed over, as a file."""
    response = HttpResponse(caught.raw, content_type="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="{caught.name}"'
    return response


def links_of(caught: CaughtMail) -> list[str]:
    """Where the letter's links lead, each once, in order."""
    return list(dict.fromkeys(unescape(found["address"]) for found in LINK.finditer(caught.html)))
