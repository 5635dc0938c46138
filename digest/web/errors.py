"""What a visitor sees when something is wrong: 400, 403, 404 and 500, each with a way on.

None of these pages needs the database.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from digest.web.context import site
from digest.web.spans import Span

logger = logging.getLogger(__name__)


def show_not_found(request: HttpRequest, *, reason: str = "", suggestion: Span | None = None) -> HttpResponse:
    """A designed 404 that says why and, where known, what was probably meant. The same in development."""
    return _show(request, "site/404.html", status=404, reason=reason, suggestion=suggestion)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler shape
    """No such address."""
    return show_not_found(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler shape
    """A request that makes no sense."""
    return _show(request, "site/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler shape
    """Something that this visitor may not do; on the desk, that this account may not."""
    on_desk = request.path.startswith(reverse("admin:index"))
    return _show(request, "site/403.html", status=403, on_desk=on_desk)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its cookie or too late."""
    logger.warning("Form refused on %s: %s", request.path, reason)
    return _show(request, "site/403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault. Built without the request, so that nothing that just failed is asked again."""
    return HttpResponse(render_to_string("site/500.html", site(request)), status=500)


def _show(request: HttpRequest, template: str, *, status: int, **context: object) -> HttpResponse:
    setattr(request, "is_our_error_page", True)  # noqa: B010 - requests have no such attribute to a type checker
    return render(request, template, context, status=status)
