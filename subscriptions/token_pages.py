"""What all pages behind a mailed link share: nothing is kept, passed on to others or indexed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponse]
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
NOT_FOUND = 404
GONE = 410


def token_page(view: View) -> View:
    """Make a view of (request, token, ...) a token page: GET, HEAD and POST only, with the headers above.

    No CSRF token: who does not know the link cannot forge a request to it, mail providers post
    without cookies, and under `no-referrer` browsers send no origin that could be checked.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **parts: Any) -> HttpResponse:
        response = view(request, token, **parts)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(guarded))


def bad_link(request: HttpRequest, purpose: str, *, expired: bool = False) -> HttpResponse:
    """A page that says what is wrong with a link and what to do: 410 for an old one, 404 for a foreign one."""
    context = {"purpose": purpose, "expired": expired}
    return render(request, "subscriptions/bad_link.html", context, status=GONE if expired else NOT_FOUND)
