"""Answers whoever watches the site before anything asks for our name or for https.

Docker, load balancers and Prometheus come by a bare address and without encryption.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from digest.web.headers import security_headers

Answer = Callable[[HttpRequest], HttpResponse]
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


def answer_watchers(get_response: Answer) -> Answer:
    """Middleware: the watched addresses' own views, none of which reads the host that was asked for."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info not in WATCHED:
            return get_response(request)
        request.resolver_match = found = resolve(request.path_info)
        return security_headers(found.func)(request)

    return answer
